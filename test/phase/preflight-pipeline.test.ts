// The distribution of a pipeline that nobody builds yet: resolved as a build would, checked, and nothing is written or started.
import { describe, expect, it } from 'vitest';
import type { EbsDefaults } from '../../shared/build/sharing.ts';
import { preflightPipeline } from '../../shared/phase/preflight-pipeline.ts';
import { registry } from '../../shared/store/registry.ts';
import { testTable } from '../store/test-table.ts';
import { openDesk } from './desk.ts';
import { newWorld, pipeline } from './world.ts';

const table = await testTable();

let names = 0;

/** A registered pipeline with these distributions; `writes` counts what the table is asked to change. */
async function registered(distributions: object[], ebs: EbsDefaults = { encrypted: false }) {
  const name = `preflight-${++names}`;
  const world = await newWorld(table);
  const desk = openDesk(table);
  const imageRecipe = { name, semanticVersion: '1.0.0', parentImage: 'ami-00000000' };
  const asked = pipeline({ name, imageRecipe, distributionConfiguration: { distributions } });
  const record = { pipeline: asked, files: [], hash: 'hash', dateUpdated: '2026-01-01T00:00:00.000Z' };
  await registry(table).pipelines.put(name, record, 4_000_000_000);
  const gateways = {
    ...desk.gateways,
    ...world.gateways,
    ...registry(table),
    ebsDefaults: async () => ebs,
    instanceProfileName: 'builders',
  };
  world.ec2.amis.push({
    ...{ id: 'ami-00000000', name: 'parent', state: 'available', architecture: 'x86_64', region: 'us-east-1' },
    ...{ devices: [], tags: {}, token: '', visible: true, permissions: [], snapshots: [] },
  });
  const preflight = () => preflightPipeline(gateways, { imagePipelineName: name });
  return { name, world, gateways, started: desk.started, preflight };
}

const named = (name: string, more: object = {}) => ({ amiDistributionConfiguration: { name, ...more } });

describe('a preflight of a pipeline', () => {
  it('asks nothing where nothing can fail', async () => {
    const { name, world, preflight } = await registered([{ region: 'us-east-1' }, { region: 'eu-west-1' }]);
    expect(await preflight()).toEqual({
      imagePipelineName: name,
      checked: 0,
      problems: [],
      unchecked: [],
      warnings: [],
    });
    expect(world.ec2.calls).toEqual(['find ami-00000000']);
  });
  it('tells what would fail and what could not be found out, and starts and numbers nothing', async () => {
    const { name, world, gateways, started, preflight } = await registered([
      { region: 'us-east-1', ...named('web-1') },
      { region: 'eu-west-1', ...named('web-{{ imagebuilder:buildVersion }}', { kmsKeyId: 'alias/mine' }) },
    ]);
    await gateways.buildNumbers.next(name, '1.0.0', 'earlier');
    const theirs = {
      state: 'available',
      devices: [],
      tags: {},
      token: '',
      visible: true,
      permissions: [],
      snapshots: [],
    };
    world.ec2.amis.push({ id: 'ami-1', name: 'web-1', region: 'us-east-1', ...theirs });
    // The next build's number, not the last one's.
    world.ec2.amis.push({ id: 'ami-2', name: 'web-2', region: 'eu-west-1', ...theirs });
    world.ec2.refuse = (call) => (call.startsWith('find key') ? 'AccessDeniedException' : undefined);
    const { checked, problems, unchecked } = await preflight();
    expect(checked).toBe(3);
    const setting = 'amiDistributionConfiguration.name';
    expect(problems).toEqual([
      { region: 'us-east-1', setting, message: expect.stringContaining('"web-1" is taken already by AMI ami-1') },
      { region: 'eu-west-1', setting, message: expect.stringContaining('"web-2" is taken already by AMI ami-2') },
    ]);
    expect(unchecked).toEqual([
      {
        region: 'eu-west-1',
        setting: 'amiDistributionConfiguration.kmsKeyId',
        message: expect.stringMatching(/^Tried find key alias\/mine in eu-west-1: AWS said AccessDeniedException/),
      },
    ]);
    expect(started).toEqual([]);
    expect(await gateways.buildNumbers.upcoming(name, '1.0.0')).toBe(2);
  });
  it('tells beside the rest what encryption forbids', async () => {
    const shared = { launchPermission: { userIds: ['111111111111'] } };
    const { preflight } = await registered([{ region: 'us-east-1', ...named('web', shared) }], {
      encrypted: true,
      key: 'alias/aws/ebs',
    });
    expect((await preflight()).problems).toEqual([
      {
        region: 'us-east-1',
        setting: 'amiDistributionConfiguration.launchPermission',
        message: expect.stringMatching(/^The image cannot be shared from us-east-1: the root volume is encrypted/),
      },
    ]);
  });
  it('of no pipeline, and of one whose parent image is gone, says so', async () => {
    const { world, gateways, preflight } = await registered([{ region: 'us-east-1' }]);
    world.ec2.amis = [];
    await expect(preflight()).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('The parent image ami-00000000'),
    });
    await expect(preflightPipeline(gateways, { imagePipelineName: 'nobody' })).rejects.toMatchObject({
      name: 'NotFoundError',
    });
  });
  it('waits for what may pass by itself', async () => {
    const { world, preflight } = await registered([{ region: 'us-east-1', ...named('web') }]);
    world.ec2.refuse = (call) => (call === 'find AMIs' ? 'RequestLimitExceeded' : undefined);
    await expect(preflight()).rejects.toMatchObject({ name: 'ThrottledError' });
  });
});
