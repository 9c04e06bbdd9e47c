import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/build/plan.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { releaseInstance } from '../../shared/phase/release-instance.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild, left } from './busy-build.ts';
import { newWorld, planOf, type World } from './world.ts';

const table = await testTable();

const busy = (changes: Partial<Plan> = {}) => busyBuild(table, changes);
const release = (world: World, role: 'builder' | 'tester' = 'builder') =>
  releaseInstance(world.gateways, { image: world.image, role });
const builder = async (world: World) => (await world.ledger()).entries['LaunchBuilder#0#0']!;
const ends = ({ ec2 }: World) => ec2.calls.filter((call) => call.startsWith('terminate'));

describe('releasing an instance early', () => {
  it('ends it, notes it as released, and shows when', async () => {
    const world = await busy();
    await release(world);
    expect(world.ec2.living()).toEqual([]);
    expect((await builder(world)).released).toBe(new Date(world.clock.now()).toISOString());
    const { id } = world.ec2.instances[0]!;
    expect((await world.read()).timeline.ReleaseBuilder).toMatchObject({ instanceId: id, ended: expect.any(String) });
    expect(world.ec2.remaining()).toHaveLength(2);
  });
  it('twice is once, and Cleanup does not end it again', async () => {
    const world = await busy();
    await release(world);
    await release(world);
    await cleanup(world.gateways, world.image);
    expect(ends(world)).toHaveLength(1);
    expect(left(world)).toEqual([]);
  });
  it('one that EC2 does not show ending stays in the ledger for Cleanup', async () => {
    const world = await busy();
    world.ec2.visible = false;
    world.ec2.instances[0]!.visible = false;
    await release(world);
    expect(await builder(world)).not.toHaveProperty('released');
    const instances = world.ec2.instancesOf('us-east-1');
    world.ec2.instances[0]!.visible = true;
    world.gateways.instances = () => ({ ...instances, terminate: async (id) => ({ id, state: 'running' }) });
    await release(world);
    expect(await builder(world)).not.toHaveProperty('released');
    expect((await world.read()).timeline).not.toHaveProperty('ReleaseBuilder');
  });
  it('that fails is no failure of the build: nothing is noted, and Cleanup does it', async () => {
    const world = await busy();
    world.ec2.refuse = (call) => (call.startsWith('terminate') ? 'OperationNotPermitted' : undefined);
    await expect(release(world)).rejects.toMatchObject({ name: 'InvalidRequestError' });
    const record = await world.read();
    expect(record).not.toHaveProperty('failedStep');
    expect(record.timeline).not.toHaveProperty('ReleaseBuilder');
    world.ec2.refuse = () => undefined;
    await cleanup(world.gateways, world.image);
    expect(left(world)).toEqual([]);
  });
  it('a build without tester, or with one that died, has nothing to release', async () => {
    const world = await busy();
    await release(world, 'tester');
    await world.gateways.ledgers.add(world.image, 'LaunchBuilder#0#0', { dead: 'died' });
    await release(world);
    expect(ends(world)).toEqual([]);
  });
  it('a build that has ended is left to Cleanup', async () => {
    const world = await busy();
    await world.gateways.ledgers.close(world.image, 'now');
    await release(world);
    expect(ends(world)).toEqual([]);
  });
  it('with terminateInstanceOnFailure: false nothing ends before the outcome is known', async () => {
    const infrastructure = { ...planOf('x/1').infrastructure, terminateInstanceOnFailure: false };
    const world = await busy({ infrastructure });
    await release(world);
    await cleanup(world.gateways, world.image);
    expect(left(world)).toEqual([world.ec2.instances[0]!.id]);
  });
  it('a build without plan is told so', async () => {
    const world = await newWorld(table);
    await table.delete({ pk: world.image, sk: 'plan' });
    await expect(release(world)).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});
