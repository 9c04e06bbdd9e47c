import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/build/plan.ts';
import { ThrottledError } from '../../shared/errors.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild, left, note, owned, specifications } from './busy-build.ts';
import { Killed, mortal } from './mortal.ts';
import { sweeping } from './sweeping.ts';
import { newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const minute = 60_000;
const clean = (world: World) => cleanup(world.gateways, world.image);
const busy = (changes: Partial<Plan> = {}) => busyBuild(table, changes);

describe('cleanup', () => {
  it('closes the ledger, releases everything by kind, and ends its timeline', async () => {
    const world = await busy();
    await clean(world);
    expect(left(world)).toEqual([]);
    expect(world.cancelled).toEqual([world.sent[0]!.id]);
    const { closed, entries } = await world.ledger();
    expect(closed).toBe(new Date(start).toISOString());
    expect(Object.values(entries).every(({ released }) => released)).toBe(true);
    expect((await world.read()).timeline.Cleanup?.ended).toBeDefined();
  });
  it('commands are released in one write; one that fails is left, and the others and the rest are released', async () => {
    const world = await busy();
    const { ledgers, commands } = world.gateways;
    await note(world, 'RunComponent#1#0', { kind: 'command', id: 'stubborn', instanceId: 'i-1' });
    await note(world, 'RunComponent#2#0', { kind: 'command' });
    const written: string[][] = [];
    world.gateways.ledgers = {
      ...ledgers,
      release: (image, keys, at) => {
        written.push(keys);
        return ledgers.release(image, keys, at);
      },
    };
    world.gateways.commands = {
      ...commands,
      cancel: (id, on) => (id === 'stubborn' ? Promise.reject(new ThrottledError('no')) : commands.cancel(id, on)),
    };
    await expect(clean(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: 'Not released yet: command stubborn in us-east-1: no',
    });
    expect(written[0]).toEqual(['RunComponent#0#0', 'RunComponent#2#0']);
    expect(left(world)).toEqual([]);
    world.gateways.commands = commands;
    await clean(world);
    expect(Object.values((await world.ledger()).entries).every(({ released }) => released)).toBe(true);
  });
  it('where the ledger cannot be written for its commands the rest is released, and they the next time', async () => {
    const world = await busy();
    const { ledgers } = world.gateways;
    const refusing = (keys: string[]) => keys.some((key) => key.startsWith('RunComponent'));
    world.gateways.ledgers = {
      ...ledgers,
      release: (image, keys, at) =>
        refusing(keys) ? Promise.reject(new ThrottledError('too much')) : ledgers.release(image, keys, at),
    };
    const { id } = (await world.ledger()).entries['RunComponent#0#0']!;
    await expect(clean(world)).rejects.toMatchObject({
      message: `Not released yet: command ${id} in us-east-1: too much`,
    });
    expect(left(world)).toEqual([]);
    world.gateways.ledgers = ledgers;
    await clean(world);
    expect((await world.ledger()).entries['RunComponent#0#0']).toHaveProperty('released');
  });
  it('twice is once: the second call touches nothing', async () => {
    const world = await busy();
    await clean(world);
    const calls = world.ec2.calls.length;
    await clean(world);
    expect(world.ec2.calls).toHaveLength(calls);
    expect((await world.read()).notes).toEqual([]);
  });
  it.each(Array.from({ length: 24 }, (_, index) => index + 1))(
    'killed after its call number %i and called again leaves nothing',
    async (calls) => {
      const world = await busy();
      await cleanup(mortal(world, calls), world.image).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
      world.clock.pass(5 * minute);
      await clean(world);
      expect(left(world)).toEqual([]);
      expect((await world.read()).notes).toEqual([]);
    },
  );
  it('leaves what was published, and releases the builder', async () => {
    const world = await busy();
    await world.gateways.ledgers.beginPublishing(world.image, [], 'now');
    await world.gateways.ledgers.commit(world.image, ['SnapshotAmi#0#0', 'CopyRegion#1#0']);
    await clean(world);
    expect(world.ec2.living()).toEqual([]);
    expect(world.ec2.remaining()).toHaveLength(2);
    expect(world.ec2.snapshots).toHaveLength(2);
    expect(world.ec2.calls.filter((call) => call.startsWith('deregister'))).toEqual([]);
  });
  it('of a build that failed before its plan needs no plan', async () => {
    const world = await busy();
    await table.delete({ pk: world.image, sk: 'plan' });
    await clean(world);
    expect(left(world)).toEqual([]);
  });
});

describe('an intention without id', () => {
  it('may still be made until its `until`; then it is looked for by its client token', async () => {
    const world = await newWorld(table);
    await note(world, 'LaunchBuilder#0#0', { token: world.image });
    await expect(clean(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: `Not released yet: instance LaunchBuilder#0#0 in us-east-1: It may still be made (${world.image}) until 2026-11-23T10:01:00.000Z.`,
    });
    expect(world.ec2.calls).toEqual([]);
    await world.ec2.instancesOf('us-east-1').run({ ClientToken: world.image } as never);
    world.clock.pass(minute + 1);
    await clean(world);
    expect(world.ec2.living()).toEqual([]);
  });
  it('not found counts as gone only minutes after `until`, not after the first note', async () => {
    const world = await newWorld(table);
    await note(world, 'LaunchBuilder#0#0', { token: world.image, since: start - 60 * minute });
    world.clock.pass(minute + 1);
    await expect(clean(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining('may not be visible yet'),
    });
    world.clock.pass(3 * minute);
    await clean(world);
    expect((await world.ledger()).entries['LaunchBuilder#0#0']).toHaveProperty('released');
  });
  it('an AMI is looked for by its tags', async () => {
    const world = await newWorld(table);
    await note(world, 'SnapshotAmi#0#0', { kind: 'image', token: world.image });
    const tags = owned(world.image, 'SnapshotAmi#0#0');
    const ami = await world.ec2.amisOf('us-east-1').create({ Name: world.image, ...specifications(tags) } as never);
    world.ec2.ami(ami).state = 'available';
    world.clock.pass(minute + 1);
    await clean(world);
    expect(left(world)).toEqual([]);
  });
  it('that was refused for want of room needs no wait', async () => {
    const world = await newWorld(table);
    await note(world, 'LaunchBuilder#0#0', { dead: 'no room' });
    await clean(world);
    expect(world.ec2.calls).toEqual([]);
  });
});

describe('what EC2 does not show', () => {
  it.each(['instance', 'image'] as const)('an %s with an id is gone only after some minutes', async (kind) => {
    const world = await newWorld(table);
    const { ec2 } = world;
    ec2.visible = false;
    ec2.snapshotsAtOnce = false;
    const id =
      kind === 'instance'
        ? (await ec2.instancesOf('us-east-1').run({ ClientToken: world.image } as never)).id
        : await ec2.amisOf('us-east-1').create({ Name: world.image } as never);
    const key = kind === 'instance' ? 'LaunchBuilder#0#0' : 'SnapshotAmi#0#0';
    await note(world, key, { kind, id });
    await expect(clean(world)).rejects.toMatchObject({ name: 'NotReadyError', message: expect.stringContaining(id) });
    for (const hidden of [...ec2.instances, ...ec2.amis]) hidden.visible = true;
    for (const hidden of ec2.amis) hidden.state = 'available';
    await clean(world);
    expect(left(world)).toEqual([]);
  });
  it('the snapshot of an AMI deregistered while pending is waited for', async () => {
    const world = await newWorld(table);
    const { ec2 } = world;
    ec2.snapshotsAtOnce = false;
    const tags = owned(world.image, 'SnapshotAmi#0#0');
    const id = await ec2.amisOf('us-east-1').create({ Name: world.image, ...specifications(tags) } as never);
    await note(world, 'SnapshotAmi#0#0', { kind: 'image', id });
    await expect(clean(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining('a snapshot of it'),
    });
    expect(ec2.remaining()).toEqual([]);
    ec2.addSnapshot('us-east-1', tags, id);
    await expect(clean(world)).rejects.toMatchObject({ name: 'NotReadyError' });
    expect(left(world)).toEqual([]);
    ec2.addSnapshot('us-east-1', tags, id);
    world.clock.pass(5 * minute);
    await clean(world);
    expect(left(world)).toEqual([]);
  });
});

describe('what cannot be released', () => {
  it('does not keep the rest; it is reported by id and region, once', async () => {
    const world = await busy();
    world.ec2.refuse = (call) => (call.startsWith('terminate') ? 'OperationNotPermitted' : undefined);
    const { id } = world.ec2.instances[0]!;
    const text = `Cleanup could not release instance ${id} in us-east-1: Tried terminate ${id}: AWS said OperationNotPermitted: said`;
    await expect(clean(world)).rejects.toMatchObject({ name: 'CleanupError', message: text });
    await expect(clean(world)).rejects.toMatchObject({ name: 'CleanupError' });
    expect(left(world)).toEqual([id]);
    expect((await world.read()).notes).toEqual([text]);
  });
  it('for a passing reason is tried again, but not for ever', async () => {
    const world = await busy();
    world.ec2.refuse = (call) => (call.startsWith('deregister') ? 'RequestLimitExceeded' : undefined);
    await expect(clean(world)).rejects.toMatchObject({ name: 'NotReadyError' });
    expect(world.ec2.living()).toEqual([]);
    world.clock.pass(7 * minute);
    await expect(clean(world)).rejects.toMatchObject({
      name: 'CleanupError',
      message: expect.stringContaining('in eu-west-1'),
    });
    world.ec2.refuse = () => undefined;
    await clean(world);
    expect(left(world)).toEqual([]);
  });
});

describe('terminateInstanceOnFailure: false', () => {
  const infrastructure = { ...planOf('x/1').infrastructure, terminateInstanceOnFailure: false };
  it('leaves the instance of a failed build, said once, and releases the rest', async () => {
    const world = await busy({ infrastructure });
    await clean(world);
    await clean(world);
    const { id } = world.ec2.instances[0]!;
    expect(left(world)).toEqual([id]);
    expect((await world.ledger()).entries['LaunchBuilder#0#0']?.keep).toBe(true);
    expect((await world.read()).notes).toEqual([
      `Instance ${id} in us-east-1 is left for inspection (terminateInstanceOnFailure: false): start it if it is stopped, and terminate it yourself.`,
    ]);
  });
  it('with keepFor leaves it for as long, said once, and then the sweep ends it', async () => {
    const world = await busy({ infrastructure: { ...infrastructure, keepFor: 2 } });
    world.execution.view = { status: 'FAILED' };
    await clean(world);
    await clean(world);
    const { id } = world.ec2.instances[0]!;
    expect(left(world)).toEqual([id]);
    const { keepUntil } = (await world.ledger()).entries['LaunchBuilder#0#0']!;
    expect((keepUntil! - world.clock.now()) / minute).toBe(120);
    expect((await world.read()).notes).toEqual([
      `Instance ${id} in us-east-1 is left for inspection (terminateInstanceOnFailure: false): start it if it is stopped; the sweep ends it after ${new Date(keepUntil!).toISOString()} (keepFor).`,
    ]);
    expect(await world.ledger()).not.toHaveProperty('clean');
    await finish(world.gateways, world.image, { caught: { Error: 'ComponentFailedError' } });
    world.clock.pass(119 * minute);
    expect((await sweeping(world).run()).released).toEqual([]);
    expect(left(world)).toEqual([id]);
    world.clock.pass(2 * minute);
    expect((await sweeping(world).run()).released.map((one) => one.id)).toEqual([id]);
    expect(left(world)).toEqual([]);
    expect(await world.ledger()).toHaveProperty('clean');
  });
  it('does not leave the instance of a published image', async () => {
    const world = await busy({ infrastructure });
    await world.gateways.ledgers.beginPublishing(world.image, [], 'now');
    await world.gateways.ledgers.commit(world.image, ['SnapshotAmi#0#0', 'CopyRegion#1#0']);
    await clean(world);
    expect(world.ec2.living()).toEqual([]);
  });
  it('does not leave an instance whose id nobody knows', async () => {
    const world = await newWorld(table, { infrastructure });
    await note(world, 'LaunchBuilder#0#0', { token: world.image });
    await world.ec2.instancesOf('us-east-1').run({ ClientToken: world.image } as never);
    world.clock.pass(minute + 1);
    await clean(world);
    expect(world.ec2.living()).toEqual([]);
  });
});
