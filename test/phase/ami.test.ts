import { describe, expect, it } from 'vitest';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { resumeBuild } from '../../shared/phase/resume-build.ts';
import { snapshotAmi } from '../../shared/phase/snapshot-ami.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const minutes = 60_000;

const withBuilder = async () => {
  const world = await newWorld(table);
  const entry = { kind: 'instance' as const, region: 'us-east-1', token: 'b', since: 0, until: 0, id: 'i-builder' };
  await world.gateways.ledgers.note(world.image, 'LaunchBuilder#0#0', entry);
  return world;
};
const withAmi = async () => {
  const world = await withBuilder();
  await snapshot(world);
  world.ec2.amis[0]!.state = 'available';
  return world;
};
const snapshot = (world: World) =>
  snapshotAmi(world.gateways, { image: world.image, token: world.token() }, world.lambda());
const copy = (world: World) =>
  copyRegion(world.gateways, { image: world.image, token: world.token(), index: 1 }, world.lambda());
const amiEvent = (ImageId: string, State: string) => ({
  'detail-type': 'EC2 AMI State Change' as const,
  account: '123456789012',
  region: 'us-east-1',
  detail: { ImageId, State },
});
const closeDuring = (world: World, method: 'create' | 'copy') => {
  world.gateways.amis = (region) => {
    const amis = world.ec2.amisOf(region);
    return {
      ...amis,
      [method]: async (request: never) => {
        const id = await amis[method](request);
        await world.gateways.ledgers.close(world.image, 'now');
        return id;
      },
    };
  };
};

describe('the AMI of the builder', () => {
  it('is made once, tagged for its entry, and waited for', async () => {
    const world = await withBuilder();
    await snapshot(world);
    await snapshot(world);
    expect(world.ec2.amis).toEqual([
      expect.objectContaining({
        name: world.plan.ami.name,
        tags: {
          'serverless-image-builder:stack': 'the-stack',
          'serverless-image-builder:image': world.image,
          'serverless-image-builder:entry': 'SnapshotAmi#0#0',
        },
      }),
    ]);
    world.ec2.amis[0]!.state = 'available';
    await resumeBuild(world.gateways, amiEvent(world.ec2.amis[0]!.id, 'available'));
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
  });
  it('a lost answer and a retry find the first one by its tags', async () => {
    const world = await withBuilder();
    world.ec2.lose = (call) => call.startsWith('create');
    await expect(snapshot(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await snapshot(world);
    expect(world.ec2.amis).toHaveLength(1);
    expect((await world.ledger()).entries['SnapshotAmi#0#0']?.id).toBe(world.ec2.amis[0]!.id);
  });
  it('one that EC2 does not show yet is waited for, not refused for its name', async () => {
    const world = await withBuilder();
    world.ec2.visible = false;
    world.ec2.lose = (call) => call.startsWith('create');
    await expect(snapshot(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await expect(snapshot(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: `The AMI name "${world.plan.ami.name}" is taken by an AMI that EC2 does not show (yet).`,
    });
    world.ec2.amis[0]!.visible = true;
    await snapshot(world);
    expect(world.ec2.amis).toHaveLength(1);
  });
  it('a name that another AMI has is refused with what to change', async () => {
    const world = await withBuilder();
    const other = await world.ec2.amisOf('us-east-1').create({ Name: world.plan.ami.name } as never);
    await expect(snapshot(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The AMI name "${world.plan.ami.name}" is taken already by ${other}. Put {{ imagebuilder:buildDate }} or {{ imagebuilder:buildVersion }} into the name of its distribution.`,
    });
    expect((await world.read()).failedStep).toBe('SnapshotAmi');
  });
  it('closed between intention and id: what was just made is deregistered again', async () => {
    const world = await withBuilder();
    closeDuring(world, 'create');
    await expect(snapshot(world)).rejects.toMatchObject({
      name: 'CancelledError',
      message: expect.stringContaining('is deregistered again'),
    });
    expect(world.ec2.remaining()).toEqual([]);
  });
  it('that failed later fails the task with EC2’s reason', async () => {
    const world = await withBuilder();
    await snapshot(world);
    const [ami] = world.ec2.amis;
    Object.assign(ami!, { state: 'failed', reason: 'Server.InternalError: x' });
    await resumeBuild(world.gateways, amiEvent(ami!.id, 'failed'));
    expect(world.completed[0]?.outcome).toEqual({
      ok: false,
      error: 'ResourceFailedError',
      cause: `AMI ${ami!.id} in us-east-1 is failed instead of available: Server.InternalError: x.`,
    });
    const { timeline, failedStep } = await world.read();
    expect([timeline.SnapshotAmi?.endedBy, failedStep]).toEqual(['event', 'SnapshotAmi']);
  });
  it('that somebody deregistered fails the task though EC2 no longer shows it', async () => {
    const world = await withBuilder();
    await snapshot(world);
    const [ami] = world.ec2.amis;
    ami!.state = 'deregistered';
    await resumeBuild(world.gateways, amiEvent(ami!.id, 'deregistered'));
    expect(world.completed[0]?.outcome).toMatchObject({
      ok: false,
      cause: expect.stringContaining('is deregistered instead of available'),
    });
  });
  it('its deadline is a DeadlineError', async () => {
    const world = await withBuilder();
    await snapshot(world);
    world.clock.pass(27 * 60 * minutes);
    await expect(snapshot(world)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringMatching(
        /^AMI ami-\d+ becoming available in us-east-1 did not happen within 1560 minutes\.$/,
      ),
    });
  });
});

describe('a copy', () => {
  it('is made once in its region, under its client token', async () => {
    const world = await withAmi();
    world.ec2.lose = (call) => call.startsWith('copy');
    await expect(copy(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await copy(world);
    await copy(world);
    const copies = world.ec2.amis.filter(({ region }) => region === 'eu-west-1');
    expect(copies).toHaveLength(1);
    expect((await world.ledger()).entries['CopyRegion#1#0']).toMatchObject({
      kind: 'copy',
      region: 'eu-west-1',
      id: copies[0]!.id,
    });
    expect((await world.read()).timeline['CopyRegion#1']).toMatchObject({
      label: 'eu-west-1',
      resource: copies[0]!.id,
    });
  });
  it('closed between intention and id: what was just made is deregistered again', async () => {
    const world = await withAmi();
    closeDuring(world, 'copy');
    await expect(copy(world)).rejects.toMatchObject({ name: 'CancelledError' });
    expect(world.ec2.remaining().filter(({ region }) => region === 'eu-west-1')).toEqual([]);
  });
  it('a taken name is refused with the region', async () => {
    const world = await withAmi();
    await world.ec2.amisOf('eu-west-1').create({ Name: world.plan.distributions[1]!.name } as never);
    await expect(copy(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('is taken already by another AMI in eu-west-1'),
    });
  });
  it('without an AMI there is nothing to copy', async () => {
    await expect(copy(await withBuilder())).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
