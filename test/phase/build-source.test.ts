// Builds that build nothing: what start-build accepts, what PrepareImage plans, and how the machine goes on.
import { describe, expect, it } from 'vitest';
import { startBuildInputSchema } from '../../shared/model/start-build.ts';
import { imageTag } from '../../shared/model/tags.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { prepareImage } from '../../shared/phase/prepare-image.ts';
import { putResources } from '../../shared/phase/put-resources.ts';
import { requestBuild } from '../../shared/phase/request-build.ts';
import { registry } from '../../shared/store/registry.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild } from './busy-build.ts';
import { openDesk } from './desk.ts';
import { wholeBuild } from './whole-build.ts';
import { pipeline, planOf, type World } from './world.ts';

const table = await testTable();

const check = (command: string) =>
  `schemaVersion: 1.0\nphases:\n  - name: test\n    steps:\n      - name: Check\n        action: ExecuteBash\n        inputs:\n          commands:\n            - ${command}\n`;

/** The office of a world: start-build, put-resources and prepare-image over its stores. */
function officeOf(world: World) {
  const started: string[] = [];
  const desk = openDesk(table);
  const gateways = {
    ...desk.gateways,
    ...world.gateways,
    ...registry(table),
    executions: {
      ...world.gateways.executions,
      start: async (_: string, name: string) => void started.push(name),
    },
    instanceProfileName: 'builders',
    ebsDefaults: async () => ({ encrypted: false }),
  };
  const register = (command: string, more: object = {}) =>
    putResources(gateways, {
      components: [{ name: 'check', semanticVersion: '1.0.0', data: check(command) }],
      pipeline: pipeline({
        imageRecipe: {
          ...{ name: 'tried', semanticVersion: '1.0.0', parentImage: 'ami-00000000' },
          components: [{ component: 'check/1.0.0' }],
        },
        // The worlds of this table share the pipeline's name.
        concurrency: 'parallel',
        ...more,
      }),
      files: [],
    });
  const start = async (input: object) => {
    const { imageBuildVersionArn = '' } = await requestBuild(
      gateways,
      startBuildInputSchema.parse(input),
      world.lambda(),
    );
    return { imageBuildVersionArn };
  };
  const prepare = (image: string) => prepareImage(gateways, { image }, world.lambda());
  return { gateways, started, register, start, prepare };
}

async function failed(retainForRetry = 24) {
  const world = await busyBuild(table, retainForRetry ? { retainForRetry } : {});
  await cleanup(world.gateways, world.image, true);
  await finish(world.gateways, world.image, { caught: { Error: 'TestFailedError', Cause: 'no' } });
  return world;
}

describe('a retry', () => {
  it('is a new image of the same pipeline, planned from the kept AMI and the newest registration', async () => {
    const world = await failed();
    const { register, start, prepare, gateways, started } = officeOf(world);
    await register('test -e /fixed', { retainForRetry: 2 });
    const { imageBuildVersionArn: next } = await start({ retryOf: world.image, clientToken: 'one' });
    expect(next).not.toBe(world.image);
    expect(started).toHaveLength(1);
    expect(await gateways.images.read(next)).toMatchObject({ retryOf: world.image, sourcePipelineName: 'hello web' });
    const prepared = await prepare(next);
    expect(prepared).toMatchObject({ buildNeeded: false, build: [], test: [0, 1], copyDuringTests: [1] });
    const [ami] = world.ec2.remaining();
    const plan = await gateways.plans.read(next);
    expect(plan).toMatchObject({ retainForRetry: 2, source: { imageId: ami!.id, copied: false }, build: [] });
    expect(plan.distributions.map(({ name }) => name === ami!.name)).toEqual([true, false]);
    expect(plan.test.map(({ label }) => label)).toEqual(['wait until ready', 'check']);
    expect((await gateways.ledgers.read(next)).entries['SnapshotAmi#0#0']).toMatchObject({ id: ami!.id });
    expect(await prepare(next)).toEqual(prepared);
    // The same request again is the same; another one is told whose the AMI is.
    expect((await start({ retryOf: world.image, clientToken: 'one' })).imageBuildVersionArn).toBe(next);
    await expect(start({ retryOf: world.image, clientToken: 'two' })).rejects.toThrow(`belongs to ${next} by now`);
  });
  it('under another key than before copies in the home region, and never under the name of what it copies', async () => {
    const world = await failed();
    const { register, start, prepare, gateways } = officeOf(world);
    const [ami] = world.ec2.remaining();
    const to = (name: string) => ({
      distributionConfiguration: {
        distributions: [{ region: 'us-east-1', amiDistributionConfiguration: { name, kmsKeyId: 'alias/mine' } }],
      },
    });
    ami!.name = 'fixed';
    await register('true', to('fixed'));
    const { imageBuildVersionArn: same } = await start({ retryOf: world.image });
    await expect(prepare(same)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('which is kept, has the name "fixed", and the copy of it'),
    });
    await cleanup(gateways, same, true);
    await register('true', to('other'));
    const { imageBuildVersionArn: next } = await start({ retryOf: world.image });
    expect(await prepare(next)).toMatchObject({ buildNeeded: false, copyDuringTests: [0] });
    const { ami: kept, distributions } = await gateways.plans.read(next);
    expect([kept.name, distributions[0]!.name]).toEqual(['fixed', 'other']);
  });
  it('of a document that does not compile leaves the AMI where it was', async () => {
    const world = await failed();
    const { register, start, prepare, gateways } = officeOf(world);
    await register('"{{ nobody.knows }}"').catch(() => undefined);
    await register('true');
    const { imageBuildVersionArn: next } = await start({ retryOf: world.image });
    gateways.components.find = async () => ({
      name: 'check',
      version: '1.0.0',
      build: 1,
      data: 'schemaVersion: 2.0\n',
    });
    await expect(prepare(next)).rejects.toMatchObject({ name: 'InvalidDocumentError' });
    await cleanup(gateways, next, true);
    expect(world.ec2.remaining()).toHaveLength(1);
    expect((await start({ retryOf: world.image })).imageBuildVersionArn).not.toBe(next);
  });
  it('is refused, also when it has begun, where the parent image was revoked', async () => {
    const world = await failed();
    const { register, start, prepare, gateways } = officeOf(world);
    await register('true');
    const parent = await busyBuild(table);
    await gateways.images.descend(world.image, {
      parentImage: { id: 'ami-1', arn: parent.image },
      ...{ components: [], recipe: 'x/1.0.0', contentHash: 'hash' },
    });
    const { imageBuildVersionArn: next } = await start({ retryOf: world.image });
    await gateways.images.revoke(parent.image, { at: '2026-11-27T10:00:00.000Z', reason: 'CVE-2026-1' });
    const refused = {
      name: 'InvalidRequestError',
      message: expect.stringContaining(`${world.image} is made of ${parent.image}, which was revoked at`),
    };
    await expect(start({ retryOf: world.image })).rejects.toMatchObject(refused);
    await expect(prepare(next)).rejects.toMatchObject(refused);
  });
  it('is refused of an image that is not FAILED, or keeps nothing, with what to do', async () => {
    const running = await busyBuild(table, { retainForRetry: 24 });
    await expect(officeOf(running).start({ retryOf: running.image })).rejects.toThrow(
      /is PENDING: only an image that is FAILED/,
    );
    const lost = await failed(0);
    await expect(officeOf(lost).start({ retryOf: lost.image })).rejects.toThrow(
      /Set retainForRetry: <hours> in its pipeline/,
    );
    const late = await failed(1);
    late.clock.pass(61 * 60_000);
    await expect(officeOf(late).start({ retryOf: late.image })).rejects.toThrow(/was kept until .+ and is released/);
  });
});

describe('a distribution', () => {
  const source = (world: World, more: object = {}) => {
    world.ec2.amis.push({
      ...{
        id: 'ami-00000000000000001',
        name: 'theirs',
        state: 'available',
        architecture: 'x86_64',
        owner: '123456789012',
      },
      devices: [{ deviceName: '/dev/xvda', deleteOnTermination: true, gb: 8 }],
      ...{ tags: {}, token: '', region: 'us-east-1', visible: true, permissions: [], snapshots: [], ...more },
    });
    return 'ami-00000000000000001';
  };
  const asked = (image: string, ...regions: string[]) => ({
    ...{ imagePipelineName: 'hello web', distribution: { source: image, regions } },
  });
  it('copies to each region, its own too, and neither builds nor tests; the source is in no ledger', async () => {
    const world = await busyBuild(table);
    const { register, start, prepare, gateways } = officeOf(world);
    await register('true');
    const { imageBuildVersionArn: next } = await start(asked(source(world), 'eu-west-1', 'us-east-1'));
    expect(await prepare(next)).toMatchObject({
      ...{ buildNeeded: false, imageTestsEnabled: false, build: [], test: [], copyDuringTests: [0, 1] },
    });
    const plan = await gateways.plans.read(next);
    expect(plan.source).toEqual({ imageId: 'ami-00000000000000001', region: 'us-east-1', copied: true });
    // What the pipeline says of a region holds there.
    expect(plan.distributions.map(({ launchPermission }) => launchPermission?.userIds)).toEqual([
      ['111111111111'],
      undefined,
    ]);
    expect((await gateways.ledgers.read(next)).entries).toEqual({});
  });
  it('of an encrypted AMI into other accounts looks up its key', async () => {
    const world = await busyBuild(table);
    const { register, start, prepare, gateways } = officeOf(world);
    const amiDistributionConfiguration = { targetAccountIds: ['222222222222'] };
    const distributions = [{ region: 'eu-west-1', amiDistributionConfiguration }];
    await register('true', { distributionConfiguration: { distributions } });
    const device = { deviceName: '/dev/xvda', deleteOnTermination: true, encrypted: true, snapshotId: 'snap-1' };
    const tags = { 'serverless-image-builder:stack': 'the-stack' };
    const ami = source(world, { devices: [device], tags });
    const snapshot = { ...{ id: 'snap-1', region: 'us-east-1', description: '' }, ...{ tags: {}, users: [] } };
    world.ec2.snapshots.push(snapshot);
    const { imageBuildVersionArn: next } = await start(asked(ami, 'eu-west-1'));
    await expect(prepare(next)).rejects.toThrow(
      /^The image cannot be copied into account 222222222222: \/dev\/xvda is encrypted, .+ aws\/ebs\. Distribute it to us-east-1 first/,
    );
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1';
    Object.assign(snapshot, { key });
    expect(await prepare(next)).toMatchObject({ checkNeeded: true, copyDuringTests: [0, 1] });
    expect((await gateways.plans.read(next)).parentDevices).toMatchObject([{ kmsKeyId: key }]);
  });
  it.each([
    ['is of another account', { owner: '999999999999' }, /belongs to account 999999999999/],
    ['is pending', { state: 'pending' }, /is pending in us-east-1/],
  ])('of an AMI that %s is refused by name', async (_, more, message) => {
    const world = await busyBuild(table);
    const { register, start, prepare } = officeOf(world);
    await register('true');
    const { imageBuildVersionArn: next } = await start(asked(source(world, more), 'eu-west-1'));
    await expect(prepare(next)).rejects.toThrow(message);
  });
  it('of an image that was revoked is not started, and of its AMI fails before anything is copied', async () => {
    const world = await busyBuild(table);
    const { register, start, prepare, gateways, started } = officeOf(world);
    await register('true');
    const ami = source(world, { tags: { [imageTag]: world.image } });
    const amis = [{ region: 'us-east-1', image: ami, name: 'x', accountId: '123456789012' }];
    await gateways.images.end(world.image, { status: 'AVAILABLE', amis, dateEnded: 'now', open: [] });
    const { imageBuildVersionArn: begun } = await start({
      distribution: { source: world.image, regions: ['eu-west-1'] },
    });
    await gateways.images.revoke(world.image, { at: '2026-11-27T10:00:00.000Z', reason: 'CVE-2026-1' });
    const why = `${world.image}, which was revoked at 2026-11-27T10:00:00.000Z (CVE-2026-1): nothing is made of it any more. Build another one, or name another image.`;
    const refused = (before: string) => ({ name: 'InvalidRequestError', message: `${before} ${why}` });
    await expect(start({ distribution: { source: world.image, regions: ['eu-west-1'] } })).rejects.toMatchObject(
      refused('The image to be distributed is'),
    );
    expect(started).toHaveLength(1);
    // One that was started before, and one that names the AMI.
    const { imageBuildVersionArn: named } = await start(asked(ami, 'eu-west-1'));
    for (const next of [begun, named])
      await expect(prepare(next)).rejects.toMatchObject(refused(`AMI ${ami} in us-east-1 is of`));
  });
  it('of an image that is not AVAILABLE, or of an AMI without a pipeline, is not started', async () => {
    const world = await busyBuild(table);
    const { start, started } = officeOf(world);
    const distribution = (image: string) => start({ distribution: { source: image, regions: ['eu-west-1'] } });
    await expect(distribution(world.image)).rejects.toThrow(/is PENDING: only an image that is AVAILABLE/);
    await expect(distribution('ami-00000000000000001')).rejects.toThrow(/name the one whose name, tags/);
    expect(started).toEqual([]);
  });
  it.each([
    ['no region', { regions: [] }],
    ['a region twice', { regions: ['eu-west-1', 'eu-west-1'] }],
    ['a region that nobody knows', { regions: ['eu-west-99'] }],
    ['something that is no AMI', { source: 'snap-1' }],
  ])('with %s is no input', (_, wrong) => {
    const distribution = { source: 'ami-00000000', regions: ['eu-west-1'], ...wrong };
    expect(startBuildInputSchema.safeParse({ distribution }).success).toBe(false);
  });
});

describe('the machine', () => {
  const short = { build: [], test: [{ label: 'hello-test', component: 'hello-test/1.0.0' }] };
  it('of a retry goes on with tests and copies: AVAILABLE, without a builder', async () => {
    const ended = await wholeBuild(
      table,
      {
        async before(state, { world: { gateways, image, ec2 }, clock }) {
          if (state !== 'PrepareImage') return;
          const id = await ec2.amisOf('us-east-1').create({ Name: image } as never);
          ec2.ami(id).state = 'available';
          const entry = { kind: 'image' as const, region: 'us-east-1', token: image, since: 0, until: clock.now(), id };
          await gateways.ledgers.note(image, 'SnapshotAmi#0#0', entry);
        },
      },
      { ...short, source: { imageId: 'ami-kept', region: 'us-east-1', copied: false } },
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect((await ended.world.read()).state).toEqual({ status: 'AVAILABLE' });
    const states = [
      'PrepareImage',
      'CheckDistribution',
      'LaunchTester',
      'RunTest',
      'EvaluateTests',
      'ReleaseTester',
      'CopyRegion',
      'ReleaseBuilder',
      'PublishImage',
      'Cleanup',
      'FinishImage',
    ];
    expect(new Set(ended.states)).toEqual(new Set(states));
    expect(ended.world.ec2.instances).toHaveLength(1);
  });
  it('of a distribution copies and publishes, and owns nothing else', async () => {
    const { distributions } = planOf('x/1');
    const ended = await wholeBuild(
      table,
      {},
      {
        ...{ build: [], test: [], imageTestsEnabled: false, distributions: distributions.slice(1), copies: [0] },
        source: { imageId: 'ami-theirs', region: 'us-east-1', copied: true },
      },
    );
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.world.ec2.instances).toEqual([]);
    expect(ended.world.ec2.remaining().map(({ region }) => region)).toEqual(['eu-west-1']);
    expect((await ended.world.read()).outputResources.amis.map(({ region }) => region)).toEqual(['eu-west-1']);
  });
});
