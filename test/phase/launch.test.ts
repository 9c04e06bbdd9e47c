import { describe, expect, it } from 'vitest';
import { launch } from '../../shared/phase/launch.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const act = (world: World, role: 'builder' | 'tester' = 'builder') =>
  launch(world.gateways, { image: world.image, token: world.token() }, role, world.lambda());

const all = [
  'm5.large subnet-0000000a',
  'm5.large subnet-0000000b',
  't3.large subnet-0000000a',
  't3.large subnet-0000000b',
];
const runs = ({ ec2 }: World) => ec2.calls.filter((call) => call.startsWith('run ')).map((call) => call.slice(4));

describe('launching', () => {
  it('notes the intention, then the id, and waits', async () => {
    const world = await newWorld(table);
    const seen: unknown[] = [];
    world.ec2.refuse = () => undefined;
    const { run } = world.ec2.instancesOf('us-east-1');
    world.gateways.instances = (region) => ({
      ...world.ec2.instancesOf(region),
      run: async (request) => {
        seen.push((await world.ledger()).entries['LaunchBuilder#0#0']);
        return run(request);
      },
    });
    await act(world);
    expect(seen).toEqual([
      expect.objectContaining({
        kind: 'instance',
        choice: 0,
        until: world.clock.now() + 60_000,
        token: expect.any(String),
      }),
    ]);
    expect(seen[0]).not.toHaveProperty('id');
    const id = world.ec2.instances[0]!.id;
    expect((await world.ledger()).entries['LaunchBuilder#0#0']).toMatchObject({ id });
    expect((await world.read()).timeline.LaunchBuilder).toMatchObject({
      resource: id,
      label: 'm5.large in subnet-0000000a',
    });
    expect(world.completed).toEqual([]);
  });
  it('a lost answer and a retry find the first instance', async () => {
    const world = await newWorld(table);
    world.ec2.lose = (call) => call.startsWith('run');
    await expect(act(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await act(world);
    expect(world.ec2.instances).toHaveLength(1);
    expect((await world.ledger()).entries['LaunchBuilder#0#0']?.id).toBe(world.ec2.instances[0]!.id);
  });
  it('heartbeats look and launch nothing more', async () => {
    const world = await newWorld(table);
    await act(world);
    await act(world);
    expect(runs(world)).toHaveLength(1);
    world.ec2.instances[0]!.state = 'running';
    await act(world);
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
  });
  it('a build that has ended launches nothing', async () => {
    const world = await newWorld(table);
    await world.gateways.ledgers.close(world.image, 'now');
    await expect(act(world)).rejects.toMatchObject({
      name: 'CancelledError',
      message: `The build of ${world.image} has ended: no builder is launched.`,
    });
    expect(runs(world)).toEqual([]);
  });
  it('closed between intention and id: what was just launched is terminated again', async () => {
    const world = await newWorld(table);
    const { run } = world.ec2.instancesOf('us-east-1');
    world.gateways.instances = (region) => ({
      ...world.ec2.instancesOf(region),
      run: async (request) => {
        const launched = await run(request);
        await world.gateways.ledgers.close(world.image, 'now');
        return launched;
      },
    });
    await expect(act(world)).rejects.toMatchObject({
      name: 'CancelledError',
      message: expect.stringContaining('is terminated again'),
    });
    expect(world.ec2.living()).toEqual([]);
    expect(world.ec2.instances).toHaveLength(1);
    expect(await world.read()).not.toHaveProperty('failedStep');
  });
  it('no volume outlives builder or tester, whatever their AMIs say', async () => {
    const kept = [{ deviceName: '/dev/sdf', deleteOnTermination: false }];
    const world = await newWorld(table, { parentDevices: kept });
    const mappings = () => JSON.parse(world.ec2.instances.at(-1)!.request).BlockDeviceMappings;
    await act(world);
    expect(mappings()).toEqual([{ DeviceName: '/dev/sdf', Ebs: { DeleteOnTermination: true } }]);
    const ami = await world.ec2.amisOf('us-east-1').create({ Name: world.image } as never);
    await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', {
      ...{ kind: 'image', region: 'us-east-1', token: 't', since: 0, until: 0, id: ami },
    });
    // A component attached a volume.
    world.ec2.ami(ami).devices = [...kept, { deviceName: '/dev/sdz', deleteOnTermination: false }];
    world.ec2.ami(ami).visible = false;
    await expect(act(world, 'tester')).rejects.toMatchObject({ name: 'NotReadyError' });
    world.ec2.ami(ami).visible = true;
    await act(world, 'tester');
    expect(mappings()).toEqual(
      ['/dev/sdf', '/dev/sdz'].map((DeviceName) => ({ DeviceName, Ebs: { DeleteOnTermination: true } })),
    );
  });
  it('a tester needs the AMI of the build', async () => {
    const world = await newWorld(table);
    await expect(act(world, 'tester')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
});

describe('no room', () => {
  const noRoom =
    (...full: string[]) =>
    (call: string) =>
      full.some((choice) => call === `run ${choice}`) ? 'InsufficientInstanceCapacity' : undefined;

  it('goes on over types and subnets in order, a token each', async () => {
    const world = await newWorld(table);
    world.ec2.refuse = noRoom(...all.slice(0, 3));
    await act(world);
    expect(runs(world)).toEqual(all);
    const { entries } = await world.ledger();
    expect(new Set(Object.values(entries).map(({ token }) => token)).size).toBe(4);
    expect(Object.values(entries).map(({ choice }) => choice)).toEqual([0, 1, 2, 3]);
    expect(entries['LaunchBuilder#0#3']?.id).toBe(world.ec2.instances[0]!.id);
  });
  it('exhausted is a CapacityError that names every choice and why; the slow retry begins again', async () => {
    const world = await newWorld(table);
    world.ec2.refuse = noRoom(...all);
    const error: Error = await act(world).then(
      () => expect.fail('it launched'),
      (thrown) => thrown,
    );
    expect(error.name).toBe('CapacityError');
    for (const choice of all)
      expect(error.message).toContain(
        `${choice.replace(' ', ' in ')}: Tried run ${choice}: AWS said InsufficientInstanceCapacity`,
      );
    expect(error.message).toContain('Add instanceTypes or subnetIds to the pipeline.');
    world.ec2.refuse = () => undefined;
    await act(world);
    expect(runs(world)).toEqual([...all, all[0]]);
    expect(world.ec2.instances).toHaveLength(1);
  });
  it('a round that a killed function left behind goes on, and its end still names every choice', async () => {
    const world = await newWorld(table);
    world.ec2.refuse = (call) => (call.includes('t3') ? 'RequestLimitExceeded' : 'InsufficientInstanceCapacity');
    await expect(act(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.refuse = noRoom(...all);
    const error: Error = await act(world).then(
      () => expect.fail('it launched'),
      (thrown) => thrown,
    );
    for (const choice of all) expect(error.message).toContain(`${choice.replace(' ', ' in ')}: Tried`);
    expect(runs(world)).toEqual([...all.slice(0, 3), ...all.slice(2)]);
  });
  it('a terminal refusal ends it at once', async () => {
    const world = await newWorld(table);
    world.ec2.refuse = () => 'InvalidParameterValue';
    await expect(act(world)).rejects.toMatchObject({ name: 'InvalidRequestError' });
    expect(runs(world)).toHaveLength(1);
    const { timeline, failedStep } = await world.read();
    expect(failedStep).toBe('LaunchBuilder');
    expect(timeline.LaunchBuilder?.ended).toBe(new Date(world.clock.now()).toISOString());
  });
});

describe('an instance that dies right after its launch', () => {
  it('is reported with its StateReason', async () => {
    const world = await newWorld(table);
    await act(world);
    const [instance] = world.ec2.instances;
    Object.assign(instance!, { state: 'terminated', reason: 'Client.InvalidSnapshot.NotFound: gone' });
    await act(world);
    expect(world.completed[0]?.outcome).toEqual({
      ok: false,
      error: 'ResourceFailedError',
      cause: `Instance ${instance!.id} was launched and is now terminated: Client.InvalidSnapshot.NotFound: gone.`,
    });
  });
  it('by EC2’s own fault is launched anew with another token, but not for ever', async () => {
    const world = await newWorld(table);
    const outcomes: string[] = [];
    for (let death = 0; death < 3; death++) {
      await act(world);
      const newest = world.ec2.instances.at(-1)!;
      Object.assign(newest, { state: 'terminated', reason: 'Server.InternalError: Internal error on launch' });
      await act(world);
      const { outcome } = world.completed.at(-1)!;
      outcomes.push(outcome.ok ? 'ok' : outcome.error);
    }
    expect(outcomes).toEqual(['NotReadyError', 'NotReadyError', 'ResourceFailedError']);
    expect(new Set(world.ec2.instances.map(({ token }) => token)).size).toBe(3);
  });
  it('a token whose instance is terminated already is not used again', async () => {
    const world = await newWorld(table);
    world.ec2.lose = (call) => call.startsWith('run');
    await expect(act(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    world.ec2.instances[0]!.state = 'terminated';
    await act(world);
    expect(world.ec2.living()).toHaveLength(1);
    expect((await world.ledger()).entries['LaunchBuilder#0#0']?.dead).toContain('IdempotentInstanceTerminated');
  });
});

describe('the deadline', () => {
  it('of an instance that stays pending is a DeadlineError that names it', async () => {
    const world = await newWorld(table);
    await act(world);
    world.clock.pass(21 * 60_000);
    await expect(act(world)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: `Running of builder ${world.ec2.instances[0]!.id} did not happen within 20 minutes.`,
    });
  });
  it('an instance that runs at last is in time', async () => {
    const world = await newWorld(table);
    await act(world);
    world.clock.pass(21 * 60_000);
    world.ec2.instances[0]!.state = 'running';
    await act(world);
    expect(world.completed).toHaveLength(1);
  });
});

describe('a turn', () => {
  const busy = async (world: World, launches: number) => {
    for (let count = 0; count < launches; count++) await world.gateways.launchTurns.take(2, world.clock.now());
  };
  it('that is later ends the task with its time: nothing is noted, nothing is asked of EC2', async () => {
    const world = await newWorld(table);
    await busy(world, 63);
    await act(world);
    expect(runs(world)).toEqual([]);
    expect((await world.ledger()).entries).toEqual({});
    const turn = world.clock.now() + 30_000;
    const cause = `${new Date(turn).toISOString().slice(0, 19)}Z`;
    expect(world.completed.map(({ outcome }) => outcome)).toEqual([{ ok: false, error: 'PostponedError', cause }]);
    expect((await world.read()).timeline.LaunchBuilder).toMatchObject({
      turn: new Date(turn).toISOString(),
      waiting: expect.stringContaining('EC2 takes 2 launches a second'),
    });
  });
  it('is kept by who asks before it, and used by who asks after it', async () => {
    const world = await newWorld(table);
    await busy(world, 63);
    await act(world);
    world.clock.pass(20_000);
    await act(world);
    expect(world.completed[1]!.outcome).toEqual(world.completed[0]!.outcome);
    world.clock.pass(10_000);
    await act(world);
    expect(runs(world)).toHaveLength(1);
    expect(Object.keys((await world.ledger()).entries)).toEqual(['LaunchBuilder#0#0']);
  });
  it('is not asked for again by a launch that EC2 refused', async () => {
    const world = await newWorld(table);
    world.ec2.lose = (call) => call.startsWith('run');
    await expect(act(world)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await busy(world, 63);
    await act(world);
    expect(runs(world).length).toBeGreaterThanOrEqual(1);
    expect(world.completed).toEqual([]);
  });
});
