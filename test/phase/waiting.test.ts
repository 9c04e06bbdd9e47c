import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awaitResource } from '../../shared/phase/await-resource.ts';
import { resumeBuild, type StateEvent } from '../../shared/phase/resume-build.ts';
import type { Wait } from '../../shared/store/waits.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const instanceEvent = (id: string, state: string): StateEvent => ({
  'detail-type': 'EC2 Instance State-change Notification',
  account: '123456789012',
  region: 'us-east-1',
  detail: { 'instance-id': id, state },
});

/** A launched instance that is pending, and the wait for it to run. */
async function pending() {
  const world = await newWorld(table);
  const key = 'LaunchBuilder#0#0';
  await world.gateways.images.begin(world.image, 'LaunchBuilder', { state: 'LaunchBuilder', started: '1' });
  const note = { kind: 'instance' as const, region: 'us-east-1', token: 't', since: 0, until: 0 };
  await world.gateways.ledgers.note(world.image, key, note);
  const { id } = await world.ec2.instancesOf('us-east-1').run({ InstanceType: 'm5.large', ClientToken: 't' } as never);
  await world.gateways.ledgers.add(world.image, key, { id });
  const wait: Wait = {
    resource: id,
    wanted: 'running',
    image: world.image,
    entry: key,
    timeline: 'LaunchBuilder',
    region: 'us-east-1',
  };
  const look = world.gateways.looks.running;
  return {
    world,
    id,
    register: (token: string) => awaitResource(world.gateways, wait, token, look),
    event: (state: string) => resumeBuild(world.gateways, instanceEvent(id, state)),
  };
}

const endedBy = async ({ read }: World) => (await read()).timeline.LaunchBuilder?.endedBy;

describe('token and event meet', () => {
  it('the event after the token completes it', async () => {
    const { world, id, register, event } = await pending();
    const token = world.token();
    await register(token);
    expect(world.completed).toEqual([]);
    world.ec2.instance(id).state = 'running';
    await event('running');
    expect(world.completed).toEqual([{ token, outcome: { ok: true } }]);
    expect(await endedBy(world)).toBe('event');
  });
  it('an event before the wait exists is lost, and the first look finds what it told', async () => {
    const { world, id, register, event } = await pending();
    world.ec2.instance(id).state = 'running';
    await event('running');
    const token = world.token();
    await register(token);
    expect(world.completed).toEqual([{ token, outcome: { ok: true } }]);
    expect(await endedBy(world)).toBe('look');
  });
  it('a lost event is found by the heartbeat, with the newer token', async () => {
    const { world, id, register } = await pending();
    const first = world.token();
    await register(first);
    world.ec2.instance(id).state = 'running';
    world.expire(first);
    const second = world.token();
    await register(second);
    expect(world.completed).toEqual([{ token: second, outcome: { ok: true } }]);
    expect(await endedBy(world)).toBe('heartbeat');
  });
  it('an event between two heartbeats whose completion was lost answers the next token', async () => {
    const { world, id, register, event } = await pending();
    const first = world.token();
    await register(first);
    world.expire(first);
    world.ec2.instance(id).state = 'running';
    await event('running');
    expect(world.completed).toEqual([]);
    const second = world.token();
    await register(second);
    expect(world.completed).toEqual([{ token: second, outcome: { ok: true } }]);
    expect(await endedBy(world)).toBe('event');
  });
  it('duplicates and reordered events change nothing', async () => {
    const { world, id, register, event } = await pending();
    await register(world.token());
    world.ec2.instance(id).state = 'running';
    for (const state of ['running', 'pending', 'running', 'running']) await event(state);
    world.ec2.instance(id).state = 'terminated';
    await event('terminated');
    expect(world.completed).toHaveLength(1);
    expect(world.completed[0]?.outcome).toEqual({ ok: true });
  });
  it('an event of a stranger is dropped', async () => {
    const { world } = await pending();
    await resumeBuild(world.gateways, instanceEvent('i-stranger', 'running'));
    expect(world.completed).toEqual([]);
  });
  it('an instance that died instead fails the task with EC2’s reason, and is dead in the ledger', async () => {
    const { world, id, register, event } = await pending();
    await register(world.token());
    Object.assign(world.ec2.instance(id), {
      state: 'terminated',
      reason: 'Client.InternalError: Client error on launch',
    });
    await event('shutting-down');
    const cause = `Instance ${id} was launched and is now terminated: Client.InternalError: Client error on launch. EC2 says this when it may not use the KMS key of an encrypted volume or snapshot.`;
    expect(world.completed[0]?.outcome).toEqual({ ok: false, error: 'AccessDeniedError', cause });
    expect((await world.ledger()).entries['LaunchBuilder#0#0']?.dead).toBe(cause);
    expect((await world.read()).failedStep).toBe('LaunchBuilder');
  });
});

describe('any interleaving', () => {
  it('of tokens, heartbeats, events and duplicates completes the newest token exactly once', async () => {
    const step = fc.constantFrom('token', 'event', 'event', 'runs', 'token and event at once');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 7 }), async (steps) => {
        const { world, id, register, event } = await pending();
        let newest: string | undefined;
        const renew = () => {
          if (newest) world.expire(newest);
          newest = world.token();
          return register(newest);
        };
        for (const one of steps) {
          if (world.completed.length > 0 && one.startsWith('token')) continue;
          const { state } = world.ec2.instance(id);
          if (one === 'runs') world.ec2.instance(id).state = 'running';
          if (one === 'token') await renew();
          if (one === 'event') await event(state);
          if (one === 'token and event at once') await Promise.all([renew(), event(state)]);
        }
        // What the machine does while nothing completes it: the instance runs at last, and the heartbeat is missed.
        world.ec2.instance(id).state = 'running';
        if (world.completed.length === 0) await renew();
        await event('running');
        expect(world.completed).toEqual([{ token: newest, outcome: { ok: true } }]);
      }),
      { numRuns: 20 },
    );
  });
  it('at any order of the table’s operations too: at worst the next heartbeat completes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 3 }), async (scheduler, heartbeats) => {
        const { world, id, register, event } = await pending();
        world.ec2.instance(id).state = 'running';
        const { waits } = world.gateways;
        world.gateways.waits = {
          open: scheduler.scheduleFunction(waits.open),
          register: scheduler.scheduleFunction(waits.register),
          settle: scheduler.scheduleFunction(waits.settle),
          of: scheduler.scheduleFunction(waits.of),
        };
        let newest: string | undefined;
        const renew = async () => {
          if (world.completed.length > 0) return;
          if (newest) world.expire(newest);
          newest = world.token();
          await register(newest);
        };
        const tasks = [...Array.from({ length: heartbeats }, renew), event('running'), event('running')];
        await scheduler.waitFor(Promise.all(tasks));
        world.gateways.waits = waits;
        await renew();
        expect(world.completed).toEqual([{ token: newest, outcome: { ok: true } }]);
      }),
      { numRuns: 20 },
    );
  });
});
