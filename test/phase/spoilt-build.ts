// A whole build: the machine's own definition under our interpreter, the real functions, and everything else in memory; hours pass in milliseconds.
import { Failure } from '../../local/step-functions/failure.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { loadDefinition } from '../../local/step-functions/load.ts';
import { type Ending, runMachine } from '../../local/step-functions/run-machine.ts';
import type { Executions } from '../../shared/aws/executions.ts';
import type { Table } from '../../shared/aws/table.ts';
import { hasFailed } from '../../shared/build/ending.ts';
import { advance } from '../../shared/phase/announce.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { evaluateTests } from '../../shared/phase/evaluate-tests.ts';
import { finish } from '../../shared/phase/finish.ts';
import { launch } from '../../shared/phase/launch.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { releaseInstance } from '../../shared/phase/release-instance.ts';
import { runComponent } from '../../shared/phase/run-component.ts';
import { snapshotAmi } from '../../shared/phase/snapshot-ami.ts';
import { stopBuilder } from '../../shared/phase/stop-builder.ts';
import { definitionText, substitutions } from '../statemachines/machine.ts';
import { newWorld, start } from './world.ts';

export type Payload = {
  image: string;
  token: string;
  index: number;
  stage: 'build' | 'test';
  role: 'builder' | 'tester';
  error?: { Error: string; Cause?: string };
  cleanupError?: { Error: string; Cause?: string };
};

export type Spoilt = {
  /** Called when the function of a state has done its work, before its answer: may throw, or stop the machine. */
  after?(state: string, build: { stop(): void }): void | Promise<void>;
  /** States whose function is denied everything. */
  without?: string[];
};

const short = {
  build: [{ label: 'hello', component: 'hello/1.0.0' }],
  test: [{ label: 'hello-test', component: 'hello-test/1.0.0' }],
};

export type SpoiltBuild = Awaited<ReturnType<typeof spoiltBuild>>;

/** Runs one build to the end of its execution, which is then what Step Functions says of it. */
export async function spoiltBuild(table: Table, { after = () => {}, without = [] }: Spoilt = {}) {
  const world = await newWorld(table, short);
  const { image, ec2, plan } = world;
  const clock = impatientClock(start);
  let later = 0;
  const executions: Executions = {
    ...world.gateways.executions,
    complete: async (token, outcome) => {
      try {
        if (outcome.ok) running.tokens.succeed(token, {});
        else running.tokens.fail(token, outcome.error, outcome.cause);
        return true;
      } catch {
        return false;
      }
    },
  };
  const gateways = { ...world.gateways, executions, now: () => clock.now() + later };
  const lambda = () => ({ until: gateways.now() + 60_000 });
  const phases: Record<string, (payload: Payload) => Promise<unknown>> = {
    PrepareImage: async () => {
      await advance(gateways, image, 'CREATING');
      return {
        buildNeeded: true,
        build: [0],
        test: [0],
        imageTestsEnabled: true,
        copyDuringTests: plan.copies,
        copyAfterTests: [],
        approvalNeeded: false,
      };
    },
    LaunchBuilder: (payload) => launch(gateways, payload, 'builder', lambda()),
    RunComponent: (payload) => runComponent(gateways, payload, lambda()),
    StopBuilder: (payload) => stopBuilder(gateways, payload),
    ReleaseInstance: (payload) => releaseInstance(gateways, payload),
    SnapshotAmi: (payload) => snapshotAmi(gateways, payload, lambda()),
    LaunchTester: async (payload) => {
      await advance(gateways, image, 'TESTING');
      await launch(gateways, payload, 'tester', lambda());
    },
    EvaluateTests: (payload) => evaluateTests(gateways, payload),
    CopyRegion: (payload) => copyRegion(gateways, payload, lambda()),
    PublishImage: (payload) => publishImage(gateways, payload),
    Cleanup: (payload) => cleanup(gateways, payload.image, hasFailed({ caught: payload.error })),
    FinishImage: ({ error, cleanupError }) => finish(gateways, image, { caught: error, cleanupError }),
  };
  /** AWS has done its part by the time a function looks again. */
  const settle = () => {
    for (const one of ec2.instances) if (one.state === 'pending') one.state = 'running';
    for (const one of ec2.instances) if (one.state === 'stopping') one.state = 'stopped';
    for (const one of ec2.amis) if (one.state === 'pending') one.state = 'available';
    for (const { view } of world.sent)
      Object.assign(view, { status: 'Success', statusDetails: 'Success', exitCode: 0 });
  };
  let stop = () => {};
  const act = async (name: string, payload: Payload, state: string) => {
    if (without.includes(state)) throw new Failure('AccessDeniedError', `${state} may do nothing`);
    settle();
    const answer = await phases[name]!(payload);
    await after(state, { stop });
    return (answer ?? {}) as never;
  };
  const running = runMachine(loadDefinition(definitionText, substitutions), { image } as never, {
    clock,
    invoke: (name, payload, { state }) => clock.during(act(name, payload as never, state)),
  });
  stop = () => running.stop('CancelledError', 'stopped from outside');
  const pass = (milliseconds: number) => {
    later += milliseconds;
  };
  const ended: Ending = await running.ended;
  world.execution.view = { status: ended.status, error: ended.error, cause: ended.cause };
  return { ...world, gateways, ended, phases, lambda, pass };
}
