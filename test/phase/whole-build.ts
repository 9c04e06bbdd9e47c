// A whole build in this process: the real machine under our interpreter, its real functions over EC2 in memory, events from outside; hours pass in milliseconds.
import type { Json } from '../../local/step-functions/definition.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { loadDefinition } from '../../local/step-functions/load.ts';
import { type Ending, runMachine } from '../../local/step-functions/run-machine.ts';
import type { Table } from '../../shared/aws/table.ts';
import { hasFailed } from '../../shared/build/ending.ts';
import type { Plan } from '../../shared/build/plan.ts';
import { advance } from '../../shared/phase/announce.ts';
import { answerApproval } from '../../shared/phase/answer-approval.ts';
import { awaitApproval } from '../../shared/phase/await-approval.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { evaluateTests } from '../../shared/phase/evaluate-tests.ts';
import { executionEnded, executionEndedSchema } from '../../shared/phase/execution-ended.ts';
import { finish, type Story } from '../../shared/phase/finish.ts';
import { launch } from '../../shared/phase/launch.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { releaseInstance } from '../../shared/phase/release-instance.ts';
import { resumeBuild, type StateEvent } from '../../shared/phase/resume-build.ts';
import { runComponent } from '../../shared/phase/run-component.ts';
import { snapshotAmi } from '../../shared/phase/snapshot-ami.ts';
import { stopBuilder } from '../../shared/phase/stop-builder.ts';
import { definitionText, substitutions } from '../statemachines/machine.ts';
import { executionOf, newWorld, start, type World } from './world.ts';

const second = 1000;
const minute = 60 * second;

export type Build = {
  world: World;
  clock: ReturnType<typeof impatientClock>;
  /** StopExecution. */
  stop(error?: string, cause?: string): void;
  /** Tells an event of EventBridge, once all that the state asked for was done. */
  tell(detailType: StateEvent['detail-type'], detail: object, region?: string): Promise<void>;
};

export type Interference = {
  /** Called before a state's function; what it throws is the function's own error. */
  before?(state: string, build: Build): unknown;
  /** Called some seconds after the function of a waiting state returned. True: what it waits for happens; otherwise it never does. */
  outside?(state: string, build: Build): boolean | Promise<boolean>;
};

/** Heartbeats of long waits come less often than the machine's own, as days pass here. */
const rarer = definitionText.replaceAll('"HeartbeatSeconds": 300', '"HeartbeatSeconds": 18000');

export type Ended = Ending & {
  world: World;
  /** Every state whose function was invoked, in order. */
  states: string[];
  minutes: number;
};

/** Runs one build to its end, with the second net behind it as EventBridge and Lambda call it. */
export async function wholeBuild(
  table: Table,
  { before = () => {}, outside = () => true }: Interference = {},
  changes: Partial<Plan> = {},
): Promise<Ended> {
  const world = await newWorld(table, changes);
  const { image, plan, gateways, ec2 } = world;
  const clock = impatientClock(start);
  const lambda = () => ({ until: clock.now() + minute });
  gateways.now = clock.now;
  gateways.executions.complete = async (token, outcome) => {
    try {
      if (outcome.ok) running.tokens.succeed(token, {});
      else running.tokens.fail(token, outcome.error, outcome.cause);
      return true;
    } catch {
      return false;
    }
  };

  const tell: Build['tell'] = async (detailType, detail, region = 'us-east-1') => {
    const event = { 'detail-type': detailType, account: '123456789012', region, detail } as StateEvent;
    await clock.during(resumeBuild(gateways, event));
  };
  const build: Build = { world, clock, tell, stop: (error, cause) => running.stop(error, cause) };

  const copyDuringTests = plan.testTimeoutMinutes !== 0;
  type Acts = Record<string, (payload: { token: string; index: number }) => Promise<unknown>>;
  const acts: Acts = {
    PrepareImage: async () => ({
      buildNeeded: plan.source === undefined,
      build: [...plan.build.keys()],
      test: [...plan.test.keys()],
      imageTestsEnabled: plan.imageTestsEnabled,
      copyDuringTests: copyDuringTests ? plan.copies : [],
      copyAfterTests: copyDuringTests ? [] : plan.copies,
      approvalNeeded: plan.approval !== undefined,
    }),
    LaunchBuilder: ({ token }) => launch(gateways, { image, token }, 'builder', lambda()),
    RunComponent: ({ token, index }) => runComponent(gateways, { image, token, index, stage: 'build' }, lambda()),
    StopBuilder: ({ token }) => stopBuilder(gateways, { image, token }),
    ReleaseBuilder: () => releaseInstance(gateways, { image, role: 'builder' }),
    ReleaseTester: () => releaseInstance(gateways, { image, role: 'tester' }),
    SnapshotAmi: ({ token }) => snapshotAmi(gateways, { image, token }, lambda()),
    async LaunchTester({ token }) {
      await advance(gateways, image, 'TESTING');
      await launch(gateways, { image, token }, 'tester', lambda());
    },
    RunTest: ({ token, index }) => runComponent(gateways, { image, token, index, stage: 'test' }, lambda()),
    EvaluateTests: () => evaluateTests(gateways, { image }),
    CopyRegion: ({ token, index }) => copyRegion(gateways, { image, token, index }, lambda()),
    CopyRegionAfterTests: ({ token, index }) => copyRegion(gateways, { image, token, index }, lambda()),
    AwaitApproval: ({ token }) => awaitApproval(gateways, { image, token }),
    PublishImage: () => publishImage(gateways, { image }),
    Cleanup: (payload) =>
      cleanup(gateways, image, hasFailed({ caught: (payload as { error?: Story['caught'] }).error })),
    FinishImage: (payload) => {
      const { error, cleanupError } = payload as { error?: Story['caught']; cleanupError?: Story['caught'] };
      return finish(gateways, image, { caught: error, cleanupError });
    },
  };
  /** What a state waits for happens by itself: an instance comes up, an AMI is made, a command ends. */
  async function happen(state: string): Promise<void> {
    const [from, to] = state === 'StopBuilder' ? ['stopping', 'stopped'] : ['pending', 'running'];
    if (state.startsWith('Launch') || state === 'StopBuilder')
      for (const instance of ec2.instances.filter((one) => one.state === from)) {
        instance.state = to!;
        await tell('EC2 Instance State-change Notification', { 'instance-id': instance.id, state: to });
      }
    if (state === 'AwaitApproval')
      await clock.during(answerApproval(gateways, { image, decision: 'approved', by: 'somebody' }));
    const here = state === 'SnapshotAmi';
    if (here || state.startsWith('Copy'))
      for (const ami of ec2.amis.filter((one) => one.state === 'pending' && (one.region === 'us-east-1') === here)) {
        ami.state = 'available';
        await tell('EC2 AMI State Change', { ImageId: ami.id, State: 'available' }, ami.region);
      }
    if (state.startsWith('Run'))
      for (const { id, view } of world.sent.filter((one) => one.view.status === 'InProgress')) {
        Object.assign(view, { status: 'Success', statusDetails: 'Success', exitCode: 0 });
        const command = Object.values((await clock.during(world.ledger())).entries).find((entry) => entry.id === id);
        const detail = { 'command-id': id, 'instance-id': command?.instanceId, status: 'Success' };
        await tell('EC2 Command Invocation Status-change Notification', detail);
      }
  }

  const states: string[] = [];
  const unusual = new Set<string>();
  let over = false;
  const later = async (state: string) => {
    await clock.sleep(5 * second);
    if (over || unusual.has(state)) return;
    if (await outside(state, build)) await happen(state);
    else unusual.add(state);
  };
  const failures: unknown[] = [];
  const running = runMachine(
    loadDefinition(rarer, substitutions),
    { image },
    {
      clock,
      random: () => 0.5,
      async invoke(_, payload, { state, token }) {
        states.push(state);
        const act = acts[state];
        if (!act) throw new Error(`the machine has a state ${state} that this test does not know how to call`);
        const act_ = async () => {
          await before(state, build);
          return act(payload as never);
        };
        const answer = await clock.during(act_());
        if (token) later(state).catch((error) => failures.push(error));
        return (answer ?? {}) as Json;
      },
    },
  );
  const ending = await running.ended;
  over = true;
  gateways.now = clock.now;
  if (ending.status !== 'SUCCEEDED') await secondNet(build, image, ending);
  if (failures.length > 0) throw new AggregateError(failures, `outside of the machine: ${failures.join('; ')}`);
  return { ...ending, world, states, minutes: Math.round((clock.now() - start) / minute) };
}

/** The rule on executions that ended badly: Lambda calls again after an error, and the sweep for ever. */
async function secondNet({ world: { gateways }, clock }: Build, image: string, ending: Ending): Promise<void> {
  const { status, error = null, cause = null } = ending;
  const event = executionEndedSchema.parse({
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn: executionOf(image), status, error, cause, input: JSON.stringify({ image }) },
  });
  for (let attempt = 0; ; attempt++) {
    try {
      return await clock.during(executionEnded(gateways, event, { until: clock.now() }));
    } catch (failure) {
      if (attempt > 20) throw failure;
      await clock.sleep(minute);
    }
  }
}

/** What is left that nobody pays for on purpose. */
export function orphans({ world }: Pick<Ended, 'world'>, published = false): string[] {
  const { ec2 } = world;
  const amis = ec2.remaining().map(({ id }) => id);
  return [...ec2.living().map(({ id }) => id), ...(published ? [] : [...amis, ...ec2.snapshots.map(({ id }) => id)])];
}

/** Ledger entries that are neither released nor kept. */
export async function openEntries({ world }: Pick<Ended, 'world'>): Promise<string[]> {
  const { entries } = await world.ledger();
  return Object.entries(entries).flatMap(([key, { keep, released }]) => (keep || released ? [] : [key]));
}
