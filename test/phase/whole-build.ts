// A whole build in this process: the real machine under our interpreter, its real functions over EC2 in memory, events from outside; hours pass in milliseconds.
import type { Json } from '../../local/step-functions/definition.ts';
import { Failure } from '../../local/step-functions/failure.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { loadDefinition } from '../../local/step-functions/load.ts';
import { type Ending, runMachine } from '../../local/step-functions/run-machine.ts';
import type { Table } from '../../shared/aws/table.ts';
import type { Plan } from '../../shared/build/plan.ts';
import { executionEnded, executionEndedSchema } from '../../shared/phase/execution-ended.ts';
import { definitionText, substitutions } from '../statemachines/machine.ts';
import { happen, type Tell, teller } from './outside.ts';
import { type Phases, phasesOf } from './phases.ts';
import { executionOf, newWorld, start, type World } from './world.ts';

const second = 1000;
const minute = 60 * second;

/** One component and one test, where it does not matter what is built. */
export const short = {
  build: [{ label: 'hello', component: 'hello/1.0.0' }],
  test: [{ label: 'hello-test', component: 'hello-test/1.0.0' }],
};

export type Build = {
  world: World;
  clock: ReturnType<typeof impatientClock>;
  /** StopExecution. */
  stop(error?: string, cause?: string): void;
  /** Tells an event of EventBridge, once all that the state asked for was done. */
  tell: Tell;
};

export type Interference = {
  /** Called before a state's function; what it throws is the function's own error. */
  before?(state: string, build: Build): unknown;
  /** Called when the function of a state has done its work, before its answer: may throw, or stop the machine. */
  after?(state: string, build: Build): unknown;
  /** Called some seconds after the function of a waiting state returned. True: what it waits for happens; otherwise it never does. */
  outside?(state: string, build: Build): boolean | Promise<boolean>;
  /** States whose function may do nothing. */
  denied?: string[];
  /** False: no rule on executions that ended badly. */
  secondNet?: boolean;
};

/** Heartbeats of long waits come less often than the machine's own, as days pass here. */
const rarer = definitionText
  .replaceAll('"HeartbeatSeconds": 300', '"HeartbeatSeconds": 18000')
  .replaceAll('"HeartbeatSeconds": 60,', '"HeartbeatSeconds": 7200,');

export type Ended = Ending & {
  world: World;
  phases: Phases;
  /** Every state whose function was invoked, in order. */
  states: string[];
  minutes: number;
  /** Time goes on, after the end. */
  pass(milliseconds: number): void;
};

/** Runs one build to the end of its execution, with the second net behind it as EventBridge and Lambda call it. */
export async function wholeBuild(
  table: Table,
  { before, after, outside = () => true, denied = [], secondNet = true }: Interference = {},
  changes: Partial<Plan> = {},
): Promise<Ended> {
  const world = await newWorld(table, changes);
  const { image, gateways } = world;
  const clock = impatientClock(start);
  let later = 0;
  gateways.now = () => clock.now() + later;
  gateways.executions.complete = async (token, outcome) => {
    try {
      if (outcome.ok) running.tokens.succeed(token, {});
      else running.tokens.fail(token, outcome.error, outcome.cause);
      return true;
    } catch {
      return false;
    }
  };
  const tell = teller(world, clock);
  const build: Build = { world, clock, tell, stop: (error, cause) => running.stop(error, cause) };
  const phases = phasesOf(world, () => gateways.now() + minute);
  const states: string[] = [];
  const unusual = new Set<string>();
  let over = false;
  const wait = async (state: string) => {
    await clock.sleep(5 * second);
    if (over || unusual.has(state)) return;
    if (await outside(state, build)) await happen(world, clock, tell, state);
    else unusual.add(state);
  };
  const act = async (name: string, payload: Json, state: string) => {
    if (denied.includes(state)) throw new Failure('AccessDeniedError', `${state} may do nothing`);
    await before?.(state, build);
    const answer = await phases(name, payload as never);
    await after?.(state, build);
    return answer;
  };
  const failures: unknown[] = [];
  const [, , , region, accountId, , machineName, executionName] = executionOf(image).split(':');
  const running = runMachine(
    loadDefinition(rarer, substitutions),
    { image },
    {
      ...{ clock, random: () => 0.5 },
      ...{ region: region!, accountId: accountId!, machineName: machineName!, executionName: executionName! },
      async invoke(name, payload, { state, token }) {
        states.push(state);
        const answer = await clock.during(act(name, payload, state));
        if (token) wait(state).catch((error) => failures.push(error));
        return (answer ?? {}) as Json;
      },
    },
  );
  const ending = await running.ended;
  over = true;
  world.execution.view = { status: ending.status, error: ending.error, cause: ending.cause };
  const ended: Ended = {
    ...{ ...ending, world, phases, states },
    minutes: 0,
    pass(milliseconds) {
      later += milliseconds;
    },
  };
  if (secondNet && ending.status !== 'SUCCEEDED') await catchEnd(build, ending);
  if (failures.length > 0) throw new AggregateError(failures, `outside of the machine: ${failures.join('; ')}`);
  return { ...ended, minutes: Math.round((clock.now() - start) / minute) };
}

/** The rule on executions that ended badly: Lambda calls again after an error, and the sweep for ever. */
async function catchEnd({ world, clock }: Build, ending: Ending): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await clock.during(endedBadly(world, ending));
    } catch (failure) {
      if (attempt > 20) throw failure;
      await clock.sleep(minute);
    }
  }
}

/** The second net, once, in an invocation that has no time to try again. */
export async function endedBadly({ image, gateways }: World, ending: Ending): Promise<void> {
  const { status, error = null, cause = null } = ending;
  const event = executionEndedSchema.parse({
    'detail-type': 'Step Functions Execution Status Change',
    detail: { executionArn: executionOf(image), status, error, cause, input: JSON.stringify({ image }) },
  });
  await executionEnded(gateways, event, { until: gateways.now() });
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
