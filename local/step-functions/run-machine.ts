// One execution of a state machine, from its input to its end; needs no cloud around it, so that tests can run hundreds of them.
import { randomUUID } from 'node:crypto';
import { type Clock, realClock } from '../clock.ts';
import type { Json, Machine } from './definition.ts';
import { Failure } from './failure.ts';
import { History, type HistoryEvent, inputOf, outputOf } from './history.ts';
import { type Invoke, type Run, Stopped } from './run.ts';
import { Scope } from './scope.ts';
import { Tokens } from './tokens.ts';
import { runStates } from './visit.ts';

export type Ending = {
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  output?: Json;
  error?: string;
  cause?: string;
};

export type Environment = {
  invoke: Invoke;
  clock?: Clock;
  /** From 0 up to 1; used for JitterStrategy FULL. */
  random?: () => number;
  tokens?: Tokens;
  region?: string;
  accountId?: string;
  machineName?: string;
  executionName?: string;
  roleArn?: string;
  onEvent?: (event: HistoryEvent) => void;
};

export type RunningMachine = {
  /** Never rejects. */
  ended: Promise<Ending>;
  history: History;
  tokens: Tokens;
  /** StopExecution: no retrier, no catcher and nothing else runs; invoked functions go on. */
  stop(error?: string, cause?: string): void;
};

/** Starts `machine` (as `loadDefinition` gives it) on `input`; its first state is entered just after this has returned. */
export function runMachine(machine: Machine, input: Json, environment: Environment): RunningMachine {
  const { clock = realClock, random = Math.random, region = 'us-east-1', accountId = '000000000000' } = environment;
  const { machineName = 'machine', executionName = randomUUID() } = environment;
  const tokens = environment.tokens ?? new Tokens(() => clock.now());
  const history = new History(clock, environment.onEvent);
  const roleArn = environment.roleArn ?? `arn:aws:iam::${accountId}:role/${machineName}`;
  const arn = (kind: string) => `arn:aws:states:${region}:${accountId}:${kind}:${machineName}`;
  const run: Run = {
    clock,
    random,
    history,
    tokens,
    region,
    invoke: environment.invoke,
    context: {
      Execution: {
        Id: `${arn('execution')}:${executionName}`,
        Input: input,
        StartTime: new Date(clock.now()).toISOString(),
        Name: executionName,
        RoleArn: roleArn,
        RedriveCount: 0,
      },
      StateMachine: { Id: arn('stateMachine'), Name: machineName },
    },
  };
  const scope = new Scope();
  const over = new AbortController();
  if (machine.TimeoutSeconds !== undefined)
    clock.sleep(machine.TimeoutSeconds * 1000, over.signal).then(
      () => scope.stop(new Stopped({ status: 'TIMED_OUT' })),
      () => {},
    );
  const ended = execute(run, machine, input, scope, roleArn).finally(() => {
    over.abort();
    scope.stop(new Stopped({ status: 'ABORTED' }));
  });
  const stop = (errorName?: string, causeText?: string) =>
    scope.stop(
      new Stopped({
        status: 'ABORTED',
        ...(errorName === undefined ? {} : { errorName }),
        ...(causeText === undefined ? {} : { causeText }),
      }),
    );
  return { ended, history, tokens, stop };
}

async function execute(run: Run, machine: Machine, input: Json, scope: Scope, roleArn: string): Promise<Ending> {
  const { history } = run;
  history.add({ last: 0 }, 'ExecutionStarted', { ...inputOf(input), roleArn });
  const trail = { last: 0 };
  await undefined;
  try {
    const output = await scope.race(runStates(run, machine, input, { scope, trail, nested: false }));
    history.end(trail.last, 'ExecutionSucceeded', outputOf(output));
    return { status: 'SUCCEEDED', output };
  } catch (thrown) {
    const { status = 'FAILED', previous, errorName, causeText } = why(thrown, trail.last);
    const details = {
      ...(errorName === undefined ? {} : { error: errorName }),
      ...(causeText === undefined ? {} : { cause: causeText }),
    };
    history.end(previous, endings[status], details);
    return { status, ...details };
  }
}

const endings = { FAILED: 'ExecutionFailed', TIMED_OUT: 'ExecutionTimedOut', ABORTED: 'ExecutionAborted' };

/** AWS was recorded to let ExecutionAborted follow event 0. */
function why(
  thrown: unknown,
  last: number,
): Pick<Stopped, 'status' | 'errorName' | 'causeText'> & { previous: number } {
  if (thrown instanceof Stopped) {
    const { status, errorName, causeText } = thrown;
    return { status, errorName, causeText, previous: status === 'ABORTED' ? 0 : last };
  }
  const failure =
    thrown instanceof Failure ? thrown : new Failure('States.Runtime', `Fault of the interpreter: ${String(thrown)}`);
  return { status: undefined, errorName: failure.errorName, causeText: failure.causeText, previous: last };
}
