// A whole build whose every function is killed after its n-th call and tried again, for each n: nothing is made twice,
// nothing is left behind, every task is completed once.
import { describe, expect, it } from 'vitest';
import { advance } from '../../shared/phase/announce.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { evaluateTests } from '../../shared/phase/evaluate-tests.ts';
import { finish } from '../../shared/phase/finish.ts';
import { launch } from '../../shared/phase/launch.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { releaseInstance } from '../../shared/phase/release-instance.ts';
import { resumeBuild, type StateEvent } from '../../shared/phase/resume-build.ts';
import { runComponent } from '../../shared/phase/run-component.ts';
import { snapshotAmi } from '../../shared/phase/snapshot-ami.ts';
import { stopBuilder } from '../../shared/phase/stop-builder.ts';
import { testTable } from '../store/test-table.ts';
import { Killed, mortal } from './mortal.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

type Gateways = World['gateways'];
type Waiting = (gateways: Gateways, token: string) => Promise<void>;

const event = (detailType: StateEvent['detail-type'], detail: object) =>
  ({ 'detail-type': detailType, account: '123456789012', region: 'us-east-1', detail }) as StateEvent;

/** A machine that calls every function twice: first one that dies after `calls` calls, then one that lives. */
function machine(world: World, calls: number) {
  const died = async (act: (gateways: Gateways) => Promise<unknown>) => {
    try {
      await act(mortal(world, calls));
      return false;
    } catch (error) {
      if (error instanceof Killed) return true;
      throw error;
    }
  };
  const task = async (act: (gateways: Gateways) => Promise<unknown>) => {
    if (await died(act)) await act(world.gateways);
  };
  /** Ends with the completion of the task, by the event or by a heartbeat, and by nothing else. */
  const waiting = async (act: Waiting, outside: () => StateEvent) => {
    const before = world.completed.length;
    const completions = () => world.completed.length - before;
    let token = world.token();
    const again = async () => {
      if (completions() > 0) return;
      world.expire(token);
      token = world.token();
      await act(world.gateways, token);
    };
    if (await died((gateways) => act(gateways, token))) await again();
    const told = outside();
    await task((gateways) => resumeBuild(gateways, told));
    await again();
    expect(world.completed.slice(before)).toEqual([{ token, outcome: { ok: true } }]);
  };
  return { task, waiting };
}

const short = {
  build: [{ label: 'hello', component: 'hello/1.0.0' }],
  test: [{ label: 'hello-test', component: 'hello-test/1.0.0' }],
};

async function build(world: World, calls: number) {
  const { image, ec2, plan } = world;
  const { task, waiting } = machine(world, calls);
  const launches = (role: 'builder' | 'tester') =>
    waiting(
      (gateways, token) => launch(gateways, { image, token }, role, world.lambda()),
      () => {
        const newest = ec2.instances.at(-1)!;
        newest.state = 'running';
        return event('EC2 Instance State-change Notification', { 'instance-id': newest.id, state: 'running' });
      },
    );
  const commands = async (stage: 'build' | 'test') => {
    const instance = ec2.instances.at(-1)!;
    for (const index of plan[stage].keys())
      await waiting(
        (gateways, token) => runComponent(gateways, { image, token, stage, index }, world.lambda()),
        () => {
          const newest = world.sent.at(-1)!;
          newest.view = { status: 'Success', statusDetails: 'Success', exitCode: 0, stderr: '' };
          const detail = { 'command-id': newest.id, 'instance-id': instance.id, status: 'Success' };
          return event('EC2 Command Invocation Status-change Notification', detail);
        },
      );
  };
  const available = () => {
    const newest = ec2.amis.at(-1)!;
    newest.state = 'available';
    return event('EC2 AMI State Change', { ImageId: newest.id, State: 'available' });
  };
  await launches('builder');
  await commands('build');
  await waiting(
    (gateways, token) => stopBuilder(gateways, { image, token }),
    () => {
      const builder = ec2.instances.at(-1)!;
      builder.state = 'stopped';
      return event('EC2 Instance State-change Notification', { 'instance-id': builder.id, state: 'stopped' });
    },
  );
  await waiting((gateways, token) => snapshotAmi(gateways, { image, token }, world.lambda()), available);
  await task((gateways) => advance(gateways, image, 'TESTING'));
  await task((gateways) => releaseInstance(gateways, { image, role: 'builder' }));
  await launches('tester');
  await commands('test');
  await task((gateways) => evaluateTests(gateways, { image }));
  await task((gateways) => releaseInstance(gateways, { image, role: 'tester' }));
  expect(ec2.living()).toEqual([]);
  await waiting((gateways, token) => copyRegion(gateways, { image, token, index: 1 }, world.lambda()), available);
  await task((gateways) => publishImage(gateways, { image }, world.lambda()));
  world.clock.pass(10 * 60_000);
  await task((gateways) => cleanup(gateways, image));
  await task((gateways) => finish(gateways, image, {}));
}

describe('a build whose functions are killed', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))('after their call number %i', async (calls) => {
    const world = await newWorld(table, short);
    await build(world, calls);
    const { ec2 } = world;
    expect(ec2.instances.map(({ state }) => state)).toEqual(['terminated', 'terminated']);
    expect(ec2.remaining().map(({ region, permissions }) => [region, permissions])).toEqual([
      ['us-east-1', []],
      ['eu-west-1', ['111111111111']],
    ]);
    expect(ec2.snapshots).toHaveLength(2);
    const { state, outputResources, timeline, notes } = await world.read();
    expect(state).toEqual({ status: 'AVAILABLE' });
    expect(outputResources.amis.map(({ image }) => image)).toEqual(ec2.amis.map(({ id }) => id));
    expect(Object.values(timeline).filter(({ ended }) => !ended)).toEqual([]);
    expect(notes).toEqual([]);
    expect([...new Set(world.statuses())]).toEqual(['BUILDING', 'TESTING', 'DISTRIBUTING', 'AVAILABLE']);
    const { entries } = await world.ledger();
    expect(Object.entries(entries).filter(([, { keep, released }]) => !keep && !released)).toEqual([]);
  });
  it('never sends more than one event a status when nothing is killed', async () => {
    const world = await newWorld(table, short);
    await build(world, Number.POSITIVE_INFINITY);
    expect(world.statuses()).toEqual(['BUILDING', 'TESTING', 'DISTRIBUTING', 'AVAILABLE']);
    expect(world.messages).toHaveLength(1);
    expect(new Set(world.sent.map(({ id }) => id)).size).toBe(world.plan.build.length + world.plan.test.length);
  });
});

describe('a build that is stopped while a function works', () => {
  it.each(Array.from({ length: 9 }, (_, index) => index + 1))(
    'after its call number %i leaves nothing',
    async (calls) => {
      for (const phase of ['launch', 'stop', 'snapshot'] as const) {
        const world = await newWorld(table);
        const { image } = world;
        const acts = {
          launch: (gateways: Gateways) => launch(gateways, { image, token: world.token() }, 'builder', world.lambda()),
          stop: (gateways: Gateways) => stopBuilder(gateways, { image, token: world.token() }),
          snapshot: (gateways: Gateways) => snapshotAmi(gateways, { image, token: world.token() }, world.lambda()),
        };
        const act = acts[phase];
        if (phase !== 'launch') {
          await launch(world.gateways, { image, token: world.token() }, 'builder', world.lambda());
          world.ec2.instances[0]!.state = 'running';
        }
        await act(mortal(world, calls)).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
        await cleanup(world.gateways, image).catch((error: Error) => expect(error.name).toBe('NotReadyError'));
        world.clock.pass(5 * 60_000);
        await cleanup(world.gateways, image);
        expect([...world.ec2.living(), ...world.ec2.remaining(), ...world.ec2.snapshots]).toEqual([]);
        await expect(act(world.gateways)).rejects.toMatchObject({ name: 'CancelledError' });
      }
    },
  );
});
