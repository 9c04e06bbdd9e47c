import { describe, expect, it } from 'vitest';
import { resumeBuild } from '../../shared/phase/resume-build.ts';
import { stopBuilder } from '../../shared/phase/stop-builder.ts';
import { testTable } from '../store/test-table.ts';
import { note } from './busy-build.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const withBuilder = async (state = 'running') => {
  const world = await newWorld(table);
  const { id } = await world.ec2.instancesOf('us-east-1').run({ ClientToken: world.image } as never);
  world.ec2.instance(id).state = state;
  await note(world, 'LaunchBuilder#0#0', { id });
  return world;
};
const stop = (world: World) => stopBuilder(world.gateways, { image: world.image, token: world.token() });
const builder = ({ ec2 }: World) => ec2.instances[0]!;
const becomes = (world: World, state: string, reason?: string) => {
  Object.assign(builder(world), { state, ...(reason && { reason }) });
  return resumeBuild(world.gateways, {
    'detail-type': 'EC2 Instance State-change Notification',
    account: '123456789012',
    region: 'us-east-1',
    detail: { 'instance-id': builder(world).id, state },
  });
};
const stops = ({ ec2 }: World) => ec2.calls.filter((call) => call.startsWith('stop '));

describe('stopping the builder', () => {
  it('is asked for, and its event completes the task; stopping alone does not', async () => {
    const world = await withBuilder();
    await stop(world);
    expect(stops(world)).toEqual([`stop ${builder(world).id}`]);
    await becomes(world, 'stopping');
    expect(world.completed).toEqual([]);
    await becomes(world, 'stopped');
    await becomes(world, 'stopped');
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
    expect((await world.read()).timeline.StopBuilder).toMatchObject({
      instanceId: builder(world).id,
      endedBy: 'event',
    });
  });
  it('a lost event is found by the heartbeat, which does not ask again', async () => {
    const world = await withBuilder();
    await stop(world);
    builder(world).state = 'stopped';
    await stop(world);
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
    expect(stops(world)).toHaveLength(1);
  });
  it('a lost answer and a retry ask once more at most', async () => {
    const world = await withBuilder();
    world.ec2.lose = (call) => call.startsWith('stop');
    await expect(stop(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await stop(world);
    expect(stops(world)).toHaveLength(1);
    await becomes(world, 'stopped');
    expect(world.completed).toHaveLength(1);
  });
  it.each(['stopping', 'stopped'])('one that a component shut down and is %s is taken as it is', async (state) => {
    const world = await withBuilder(state);
    await stop(world);
    await becomes(world, 'stopped');
    expect(stops(world)).toEqual([]);
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
  });
  it.each(['shutting-down', 'terminated'])('one that is %s is lost, with EC2’s reason', async (state) => {
    const world = await withBuilder();
    await stop(world);
    await becomes(world, state, 'Server.SpotInstanceTermination: x');
    expect(world.completed[0]?.outcome).toEqual({
      ok: false,
      error: 'ResourceFailedError',
      cause: `Builder ${builder(world).id} is ${state} before an AMI was made of it: Server.SpotInstanceTermination: x.`,
    });
    expect((await world.read()).failedStep).toBe('StopBuilder');
  });
  it('one that was terminated before is lost at the first look', async () => {
    const world = await withBuilder('terminated');
    await stop(world);
    expect(world.completed[0]?.outcome).toMatchObject({ ok: false, error: 'ResourceFailedError' });
    expect(stops(world)).toEqual([]);
  });
  it('one that EC2 does not show is waited for until the deadline', async () => {
    const world = await withBuilder();
    builder(world).visible = false;
    await expect(stop(world)).rejects.toMatchObject({ name: 'NotReadyError' });
    world.clock.pass(21 * 60_000);
    await expect(stop(world)).rejects.toMatchObject({ name: 'DeadlineError' });
  });
  it('its deadline says what to look for', async () => {
    const world = await withBuilder();
    await stop(world);
    world.clock.pass(21 * 60_000);
    await expect(stop(world)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringMatching(
        /^Stopping of builder i-\d+ did not happen within 20 minutes\. Look whether something/,
      ),
    });
  });
  it('a build that has ended stops nothing; one without a builder is told so', async () => {
    const world = await withBuilder();
    await world.gateways.ledgers.close(world.image, 'now');
    await expect(stop(world)).rejects.toMatchObject({ name: 'CancelledError' });
    expect(stops(world)).toEqual([]);
    await expect(stop(await newWorld(table))).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
