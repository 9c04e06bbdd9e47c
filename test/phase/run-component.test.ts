import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/build/plan.ts';
import { sentScript } from '../../shared/component/sent-script.ts';
import { CancelledError, ThrottledError } from '../../shared/errors.ts';
import { advance } from '../../shared/phase/announce.ts';
import { evaluateTests } from '../../shared/phase/evaluate-tests.ts';
import { finish } from '../../shared/phase/finish.ts';
import { resumeBuild } from '../../shared/phase/resume-build.ts';
import { runComponent } from '../../shared/phase/run-component.ts';
import { failedResult } from '../build/failed-result.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

type Stage = 'build' | 'test';

const withInstances = async () => {
  const world = await newWorld(table);
  for (const state of ['LaunchBuilder', 'LaunchTester']) {
    const { id } = await world.ec2.instancesOf('us-east-1').run({ ClientToken: `${world.image}${state}` } as never);
    world.ec2.instance(id).state = 'running';
    const entry = { kind: 'instance' as const, region: 'us-east-1', token: 't', since: 0, until: 0, id };
    await world.gateways.ledgers.note(world.image, `${state}#0#0`, entry);
  }
  return world;
};
const run = (world: World, stage: Stage, index: number) =>
  runComponent(world.gateways, { image: world.image, token: world.token(), stage, index }, world.lambda());
const instanceOf = ({ ec2 }: World, stage: Stage) => ec2.instances[stage === 'build' ? 0 : 1]!;

/** Run Command ends the newest command, and tells. */
const ends = async (world: World, stage: Stage, status: 'Success' | 'Failed', stderr = '', stdout = '') => {
  const command = world.sent.at(-1)!;
  command.view = { status, statusDetails: status, exitCode: status === 'Success' ? 0 : 1, stderr, stdout };
  await resumeBuild(world.gateways, {
    'detail-type': 'EC2 Command Invocation Status-change Notification',
    account: '123456789012',
    region: 'us-east-1',
    detail: { 'command-id': command.id, 'instance-id': instanceOf(world, stage).id, status },
  });
};

describe('a command', () => {
  it('is sent once, its script from the plan, and completed by its event', async () => {
    const world = await withInstances();
    await run(world, 'build', 1);
    await run(world, 'build', 1);
    expect(world.sent).toEqual([expect.objectContaining({ comment: 'hello', script: sentScript('hello') })]);
    await ends(world, 'build', 'Success');
    expect(world.completed).toEqual([{ token: expect.any(String), outcome: { ok: true } }]);
    expect((await world.read()).timeline['RunComponent#1']).toMatchObject({
      label: 'hello',
      commandId: world.sent[0]!.id,
      instanceId: instanceOf(world, 'build').id,
      endedBy: 'event',
    });
  });
  it('of the build stage, the first, moves the image on, once; after it there is nothing to move', async () => {
    const world = await withInstances();
    const moved: string[] = [];
    const { images } = world.gateways;
    world.gateways.images = {
      ...images,
      advance: (image, status) => {
        moved.push(status);
        return images.advance(image, status);
      },
    };
    for (const index of [0, 0, 1, 2]) await run(world, 'build', index);
    expect(moved).toEqual(['BUILDING', 'BUILDING']);
    expect(world.statuses()).toEqual(['BUILDING']);
  });
  it('begins its entry of the timeline with its id, in one write, and keeps it', async () => {
    const world = await withInstances();
    const described: unknown[] = [];
    const { images } = world.gateways;
    world.gateways.images = { ...images, describe: async (...given) => void described.push(given) };
    const started = new Date(world.clock.now()).toISOString();
    await run(world, 'build', 1);
    world.clock.pass(1000);
    await run(world, 'build', 1);
    expect(described).toEqual([]);
    const { id } = world.sent[0]!;
    expect((await world.read()).timeline['RunComponent#1']).toMatchObject({ started, commandId: id, resource: id });
  });
  it('whose function died before it could tell is told by the next try', async () => {
    const world = await withInstances();
    const { images } = world.gateways;
    world.gateways.images = { ...images, begin: () => Promise.reject(new ThrottledError('too much')) };
    await expect(run(world, 'build', 1)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.gateways.images = images;
    await run(world, 'build', 1);
    expect(world.sent).toHaveLength(1);
    expect((await world.read()).timeline['RunComponent#1']).toMatchObject({ commandId: world.sent[0]!.id });
  });
  it('whose function died as it was sent is seen from the next try on, before it is sent again', async () => {
    const world = await withInstances();
    const { commands } = world.gateways;
    world.gateways.commands = { ...commands, send: () => Promise.reject(new CancelledError('as if it was killed')) };
    await expect(run(world, 'build', 1)).rejects.toMatchObject({ name: 'CancelledError' });
    expect((await world.read()).timeline).toEqual({});
    const seen: unknown[] = [];
    const send: typeof commands.send = async (request) => {
      seen.push(Object.keys((await world.read()).timeline));
      return commands.send(request);
    };
    world.gateways.commands = { ...commands, send };
    await run(world, 'build', 1);
    expect(seen).toEqual([['RunComponent#1']]);
    expect((await world.read()).timeline['RunComponent#1']).toMatchObject({ commandId: world.sent[0]!.id });
  });
  it('notes of its result become notes of the image', async () => {
    const world = await withInstances();
    await run(world, 'build', 0);
    const result = { ...failedResult('ready'), status: 'success', failure: undefined, notes: ['waited 3 s for apt'] };
    await ends(world, 'build', 'Success', `warning\n${JSON.stringify(result)}\n`);
    expect((await world.read()).notes).toEqual(['waited 3 s for apt']);
  });
  it('a failed component fails the task: phase, step, action, exit code, and the context of the image', async () => {
    const world = await withInstances();
    await advance(world.gateways, world.image, 'BUILDING');
    await run(world, 'build', 1);
    await ends(
      world,
      'build',
      'Failed',
      `${JSON.stringify(failedResult('hello'))}\nfailed to run commands: exit status 1`,
    );
    const cause = 'Component hello: step build/Install (ExecuteBash) failed: exit code 3; stderr ends: no such package';
    const { outcome } = world.completed[0]!;
    expect(outcome).toEqual({ ok: false, error: 'ComponentFailedError', cause });
    await finish(world.gateways, world.image, { caught: { Error: 'ComponentFailedError', Cause: cause } });
    expect((await world.read()).state).toEqual({
      status: 'FAILED',
      reason: cause,
      failureContext: {
        imageStatus: 'BUILDING',
        failedStep: 'RunComponent',
        error: 'ComponentFailedError',
        componentFailure: {
          ...{ component: 'hello', errorMessage: cause, phaseName: 'build', stepName: 'Install' },
          ...{ action: 'ExecuteBash', exitCode: 3, duration: 4 },
          ...{ command: 'apt-get install nothing', stderr: 'no such package' },
        },
      },
    });
  });
  it('an instance that dies under it wakes the build with EC2’s reason', async () => {
    const world = await withInstances();
    await run(world, 'build', 1);
    const { id } = Object.assign(instanceOf(world, 'build'), {
      state: 'terminated',
      reason: 'Client.UserInitiatedShutdown: x',
    });
    await resumeBuild(world.gateways, {
      'detail-type': 'EC2 Instance State-change Notification',
      account: '123456789012',
      region: 'us-east-1',
      detail: { 'instance-id': id, state: 'shutting-down' },
    });
    expect(world.completed[0]?.outcome).toEqual({
      ok: false,
      error: 'ComponentFailedError',
      cause: `Instance ${id} is terminated while hello ran: Client.UserInitiatedShutdown: x.`,
    });
  });
  it.each(['stopping', 'stopped'])(
    'an instance that somebody stops (%s) is lost to the command at once',
    async (state) => {
      const world = await withInstances();
      await run(world, 'build', 1);
      const { id } = Object.assign(instanceOf(world, 'build'), { state, reason: 'Client.UserInitiatedShutdown: x' });
      await resumeBuild(world.gateways, {
        'detail-type': 'EC2 Instance State-change Notification',
        account: '123456789012',
        region: 'us-east-1',
        detail: { 'instance-id': id, state },
      });
      expect(world.completed[0]?.outcome).toEqual({
        ok: false,
        error: 'ComponentFailedError',
        cause: `Instance ${id} is ${state} while hello ran: Client.UserInitiatedShutdown: x.`,
      });
    },
  );
  it('closed between intention and id: what was just sent is cancelled again', async () => {
    const world = await withInstances();
    const { commands } = world.gateways;
    world.gateways.commands = {
      ...commands,
      send: async (request) => {
        const id = await commands.send(request);
        await world.gateways.ledgers.close(world.image, 'now');
        return id;
      },
    };
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'CancelledError',
      message: expect.stringContaining('is cancelled again'),
    });
    expect(world.cancelled).toEqual([world.sent[0]!.id]);
    expect((await world.read()).timeline).toEqual({});
  });
  it('a plan without that command, or a build without an instance, is told apart', async () => {
    const world = await withInstances();
    await expect(run(world, 'build', 9)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('no build command 9'),
    });
    await expect(run(await newWorld(table), 'test', 0)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('has no instance for its test stage'),
    });
  });
});

describe('an agent that falls silent under a command', () => {
  const minute = 60_000;
  const underWay = async (stage: Stage = 'build') => {
    const world = await withInstances();
    await run(world, stage, 1);
    world.agent.view = { status: 'ConnectionLost', lastPing: world.clock.now() };
    return world;
  };
  it('is waited for while it may be rebooting', async () => {
    const world = await underWay();
    world.clock.pass(30 * minute);
    await run(world, 'build', 1);
    expect([world.completed, world.cancelled]).toEqual([[], []]);
    await ends(world, 'build', 'Success');
    expect(world.completed).toHaveLength(1);
  });
  it.each(['build', 'test'] as const)('for longer fails the %s stage; its command is cancelled', async (stage) => {
    const world = await underWay(stage);
    world.clock.pass(31 * minute);
    await run(world, stage, 1);
    expect(world.cancelled).toEqual([world.sent[0]!.id]);
    expect(world.completed[0]?.outcome).toMatchObject({
      ok: false,
      error: 'ResourceFailedError',
      cause: expect.stringContaining(
        `The SSM agent of instance ${instanceOf(world, stage).id} has been silent for 31 min`,
      ),
    });
  });
  it('on an instance that is gone is the instance’s end', async () => {
    const world = await underWay();
    world.clock.pass(31 * minute);
    instanceOf(world, 'build').state = 'terminated';
    await run(world, 'build', 1);
    expect(world.cancelled).toEqual([]);
    expect(world.completed[0]?.outcome).toMatchObject({
      cause: expect.stringContaining('is terminated while hello ran'),
    });
  });
});

describe('the time of a command', () => {
  const hour = 3600;
  const timed = async (stage: Stage, seconds?: number) => {
    const world = await withInstances();
    const one = { label: 'hello', component: 'hello/1.0.0', ...(seconds && { seconds }) };
    await world.gateways.plans.write({ ...world.plan, build: [one], test: [one] }, { build: ['x'], test: ['x'] });
    await run(world, stage, 0);
    return world;
  };
  it('is what its document allows, at most what Run Command gives, and for tests what the pipeline gives', async () => {
    expect((await timed('build', 2 * hour)).sent[0]?.seconds).toBe(2 * hour);
    expect((await timed('build')).sent[0]?.seconds).toBe(48 * hour);
    expect((await timed('build', 100 * hour)).sent[0]?.seconds).toBe(48 * hour);
    expect((await timed('test', 2 * hour)).sent[0]?.seconds).toBe(2 * hour);
    expect((await timed('test')).sent[0]?.seconds).toBe(12 * hour);
  });
  it('over, with some for agent and delivery, is a DeadlineError', async () => {
    const world = await timed('build', 2 * hour);
    world.clock.pass((2 * hour + 40 * 60) * 1000);
    await run(world, 'build', 0);
    world.clock.pass(1000);
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: `The end of hello (command ${world.sent[0]!.id}) did not happen within 160 minutes.`,
    });
  });
});

describe('an agent that does not answer', () => {
  const silent = async () => {
    const world = await withInstances();
    world.agent.online = false;
    await expect(run(world, 'build', 0)).rejects.toMatchObject({ name: 'NotReadyError' });
    return world;
  };
  it('is waited for: the same command is sent when it answers', async () => {
    const world = await silent();
    const timeline = async () => (await world.read()).timeline['RunComponent#0'];
    const begun = await timeline();
    expect(begun).toEqual({
      ...{ state: 'RunComponent', index: 0, label: 'wait until ready', instanceId: instanceOf(world, 'build').id },
      started: new Date(world.clock.now()).toISOString(),
    });
    world.agent.online = true;
    world.clock.pass(1000);
    await run(world, 'build', 0);
    expect(world.sent).toHaveLength(1);
    const { id } = world.sent[0]!;
    expect(await timeline()).toEqual({ ...begun, commandId: id, resource: id });
  });
  it('after some minutes the error says what to check', async () => {
    const world = await silent();
    world.clock.pass(3 * 60_000);
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining('Check that the image has the SSM agent'),
    });
  });
  it('an instance that is gone is reported with its reason', async () => {
    const world = await silent();
    world.clock.pass(3 * 60_000);
    Object.assign(instanceOf(world, 'build'), { state: 'terminated', reason: 'Server.SpotInstanceTermination: x' });
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: `Instance ${instanceOf(world, 'build').id} is terminated before its SSM agent answered: Server.SpotInstanceTermination: x.`,
    });
  });
  it('an instance that the component before shut down is told with how to restart', async () => {
    const world = await silent();
    world.clock.pass(3 * 60_000);
    Object.assign(instanceOf(world, 'build'), { state: 'stopped', reason: 'Client.InstanceInitiatedShutdown: x' });
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(/ is stopped before .*: x\. A command before this one shut it down: /),
    });
  });
  it('its deadline is a DeadlineError with the same advice', async () => {
    const world = await silent();
    world.clock.pass(16 * 60_000);
    await expect(run(world, 'build', 0)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringMatching(
        /^An answer of the SSM agent on instance i-\d+ did not happen within 15 minutes\. Check/,
      ),
    });
  });
});

describe('tests', () => {
  const tested = async (status: 'Success' | 'Failed', stderr = '') => {
    const world = await withInstances();
    await run(world, 'test', 0);
    await ends(world, 'test', 'Success');
    await run(world, 'test', 1);
    await ends(world, 'test', status, stderr);
    return world;
  };
  it('a failed test does not stop the stage; the verdict does', async () => {
    const world = await tested('Failed', JSON.stringify(failedResult('hello-test')));
    expect(world.completed.map(({ outcome }) => outcome)).toEqual([{ ok: true }, { ok: true }]);
    const cause = `1 of 1 tests failed. Component ${failedResult('hello-test').failureMessage}`;
    await expect(evaluateTests(world.gateways, { image: world.image })).rejects.toMatchObject({
      name: 'TestFailedError',
      message: cause,
    });
    const Cause = JSON.stringify({ errorType: 'TestFailedError', errorMessage: cause, trace: [] });
    await finish(world.gateways, world.image, { caught: { Error: 'TestFailedError', Cause } });
    const { state, tests, timeline } = await world.read();
    expect(tests).toMatchObject({ total: 1, passed: 0, failed: 1 });
    expect(timeline.EvaluateTests?.ended).toBeDefined();
    expect(state).toMatchObject({
      reason: cause,
      failureContext: { failedStep: 'EvaluateTests', componentFailure: { component: 'hello-test', exitCode: 3 } },
    });
  });
  it('all passed: DISTRIBUTING, announced once, however often it is asked', async () => {
    const world = await tested('Success');
    await evaluateTests(world.gateways, { image: world.image });
    await evaluateTests(world.gateways, { image: world.image });
    expect((await world.read()).tests).toMatchObject({ total: 1, passed: 1, failed: 0 });
    expect(world.statuses()).toEqual(['DISTRIBUTING']);
  });
  it('a test that left no result has not passed', async () => {
    const world = await withInstances();
    await run(world, 'test', 0);
    await ends(world, 'test', 'Success');
    await expect(evaluateTests(world.gateways, { image: world.image })).rejects.toMatchObject({
      name: 'NotFoundError',
      message: `2 test commands of ${world.image} ran, but 1 left a result.`,
    });
  });
  it('turned off are turned off in the notes', async () => {
    const world = await newWorld(table, { imageTestsEnabled: false });
    await evaluateTests(world.gateways, { image: world.image });
    expect((await world.read()).notes).toEqual([
      'Tests are turned off (imageTestsConfiguration): RunTest did not run.',
    ]);
  });
});

describe('the software inventory', () => {
  const collecting = async () => {
    const world = await withInstances();
    const collects: Plan['build'][number] = { label: 'software inventory', collects: 'inventory' };
    await world.gateways.plans.write({ ...world.plan, build: [collects] }, { build: [''], test: [] });
    await run(world, 'build', 0);
    return world;
  };
  const printed = (...lines: string[]) => `inventory ${gzipSync(`${lines.join('\n')}\n`).toString('base64')}\n`;
  const curl = 'dpkg\tcurl\t7.88.1-10\tamd64\t\t';

  it('is kept with the image', async () => {
    const world = await collecting();
    await ends(world, 'build', 'Success', '', printed('os\tdebian 12', curl, 'end\t1'));
    expect(world.completed.map(({ outcome }) => outcome)).toEqual([{ ok: true }]);
    expect(await world.gateways.inventories.find(world.image)).toEqual({
      os: 'debian 12',
      packages: [{ manager: 'dpkg', name: 'curl', version: '7.88.1-10', arch: 'amd64' }],
    });
    expect((await world.read()).notes).toEqual([]);
  });
  it('that is partial is kept, and noted', async () => {
    const world = await collecting();
    await ends(world, 'build', 'Success', '', printed('os\tdebian 12', curl));
    expect(await world.gateways.inventories.find(world.image)).toMatchObject({ partial: true });
    expect((await world.read()).notes).toEqual([
      'The software inventory holds the first 1 packages only, so any package update starts this pipeline.',
    ]);
  });
  it.each([
    ['fails', 'Failed', 'base64: not found', /Run Command ended it as Failed, exit code 1: base64: not found\.$/],
    ['prints nothing', 'Success', '', /the command printed none\.$/],
  ] as const)('that %s is a note, not a failed build', async (_, status, stderr, note) => {
    const world = await collecting();
    await ends(world, 'build', status, stderr);
    expect(world.completed.map(({ outcome }) => outcome)).toEqual([{ ok: true }]);
    expect(await world.gateways.inventories.find(world.image)).toBeUndefined();
    expect((await world.read()).notes).toEqual([expect.stringMatching(note)]);
  });
});
