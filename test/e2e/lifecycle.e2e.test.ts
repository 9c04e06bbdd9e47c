// Images that retire, in the packaged stack: two builds, a policy from a file, its dry run, its run, and one image by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { LifecycleReport } from '../../shared/model/lifecycle.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline, toRegions } from './pipeline-folder.ts';

if (impossible) console.warn(impossible);

describe.skipIf(impossible)('images that retire', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let folder: string;
  let built: Image[];

  beforeAll(async () => {
    const [directory, ground] = [await stateDirectory(), groundFor('lifecycle')];
    undo.push(directory.remove, ground.remove);
    [state, folder] = [directory.path, ground.path];
    cloud = await startCloud(state);
    undo.push(cloud.stop);
    const file = pipeline(
      folder,
      'retiring',
      { components: [{ component: './works.yml' }] },
      { 'works.yml': component('works', { build: [{ name: 'Say', commands: ['echo works'] }] }) },
      {
        imageTestsConfiguration: { imageTestsEnabled: false },
        distributionConfiguration: toRegions('us-east-1', 'eu-west-1'),
      },
    );
    built = [(await build(file, state)).image, (await build(file, state)).image];
  }, 180_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  const run = (...words: string[]) => imageBuilder([...words, '--local', '--state-dir', state]);
  async function told<Answer>(...words: string[]): Promise<Answer> {
    const { out, errors } = await run(...words, '--output', 'json');
    if (!/^[{[]/.test(out)) throw new Error(`${words.join(' ')}: ${errors}`);
    return JSON.parse(out) as Answer;
  }
  async function there(region: string) {
    const ec2 = new EC2Client({ ...cloud.client, region });
    const own = { Owners: ['self'], IncludeDisabled: true, IncludeDeprecated: true };
    const { Images = [] } = await ec2.send(new DescribeImagesCommand(own));
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    ec2.destroy();
    return [Images.map(({ ImageId, State }) => `${ImageId} ${State}`), Snapshots.length] as const;
  }
  const amiOf = ({ outputResources }: Image, region: string) =>
    outputResources.amis.find((one) => one.region === region)!.image;

  test('a policy deletes the older one everywhere but where an instance uses it, and says so before', async () => {
    const [old, young] = built as [Image, Image];
    const file = join(folder, 'retire.yml');
    const policy = {
      name: 'retire',
      policyDetails: [
        {
          action: { type: 'DELETE', includeResources: { amis: true, snapshots: true } },
          filter: { type: 'COUNT', value: 1 },
        },
      ],
      resourceSelection: { recipes: [{ name: 'retiring', semanticVersion: 'x.x.x' }] },
      schedule: 'manual',
    };
    writeFileSync(file, stringify(policy));
    expect((await run('apply', file)).out).toContain('created   lifecycle-policy/retire');
    const ec2 = new EC2Client({ ...cloud.client, region: 'eu-west-1' });
    const request = { ImageId: amiOf(old, 'eu-west-1'), InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1 };
    const instance = (await ec2.send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!;
    ec2.destroy();

    const before = [await there('us-east-1'), await there('eu-west-1')];
    const dry = await run('lifecycle', 'apply', '--dry-run');
    expect([dry.code, dry.errors]).toEqual([0, '']);
    expect(dry.out).toContain(
      `DELETE  retiring/1.0.0/1  AVAILABLE  it is number 2 of retiring, newest first, and 1 are kept`,
    );
    expect(dry.out).toMatch(
      new RegExp(`eu-west-1 +0{12} +${amiOf(old, 'eu-west-1')} +it is used: instance ${instance} `),
    );
    expect(dry.out).toContain('Policy retire: 2 images, 1 deleted, 1 of them in part, if it were no dry run.');
    expect([await there('us-east-1'), await there('eu-west-1')]).toEqual(before);

    const [report] = await told<LifecycleReport[]>('lifecycle', 'apply', 'retire');
    expect(report).toMatchObject({ counts: { deleted: 1, failed: 0 }, run: { status: 'SUCCESS' } });
    expect(await there('us-east-1')).toEqual([[`${amiOf(young, 'us-east-1')} available`], 1]);
    expect((await there('eu-west-1'))[0]).toHaveLength(2);
    const record = await told<Image & { outputResources: object }>('images', 'show', old.arn);
    expect(record).toMatchObject({
      state: { status: 'AVAILABLE' },
      outputResources: { amis: [{ state: { status: 'DELETED' } }, { state: { status: 'AVAILABLE' } }] },
    });
    expect(await told('lifecycle', 'runs', 'retire')).toMatchObject([{ status: 'SUCCESS', trigger: 'manual' }]);
    expect((await run('lifecycle', 'list')).out).toMatch(/^retire +ENABLED +DELETE +by hand /);
    expect((await run('lifecycle', 'show', 'retire')).out).toContain('retainAcrossVersions: true');
  }, 120_000);

  test('an image is disabled and taken back by hand; what is not there is an error', async () => {
    const [, young] = built as [Image, Image];
    expect((await run('images', 'disable', young.arn, '--reason', 'a hole')).code).toBe(0);
    expect(await there('us-east-1')).toEqual([[`${amiOf(young, 'us-east-1')} disabled`], 1]);
    expect((await told<Image>('images', 'show', young.arn)).state).toEqual({
      status: 'DISABLED',
      reason: 'DISABLE by hand: a hole',
    });
    expect((await run('images', 'restore', young.arn)).code).toBe(0);
    expect((await there('us-east-1'))[0]).toEqual([`${amiOf(young, 'us-east-1')} available`]);
    const again = await run('images', 'restore', young.arn);
    expect([again.code, again.out]).toEqual([1, expect.stringContaining('it is AVAILABLE already')]);
    const none = await run('lifecycle', 'apply', 'nothing');
    expect([none.code, none.errors]).toEqual([2, expect.stringContaining('There is no lifecycle policy nothing')]);
    expect((await run('lifecycle', 'delete', 'retire')).out).toContain('deleted arn:aws:imagebuilder:');
    // A restored image is no new one: nothing is built of it, and its pipeline has no further run.
    expect(await told<unknown[]>('pipelines', 'runs', 'retiring')).toHaveLength(2);
  }, 120_000);
});
