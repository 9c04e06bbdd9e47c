// Goes from state to state; for each the events, the data flow around it, and what its retriers and catchers do about a failure.
import type { Catcher, Json, State, States } from './definition.ts';
import { dataLimitExceeded, Failure, RuntimeFault } from './failure.ts';
import { inputOf, outputOf } from './history.ts';
import { putPath, type Readable, readPath } from './path.ts';
import { Retries } from './retry.ts';
import { type Line, maximumBytes, type Run, Stopped, type Visit } from './run.ts';
import { choose } from './states/choice.ts';
import { failState } from './states/fail.ts';
import { runMap } from './states/map.ts';
import { runParallel } from './states/parallel.ts';
import { runTask } from './states/task.ts';
import { runWait } from './states/wait.ts';
import { fillTemplate } from './template.ts';

/** Runs a line of states to its end and gives the last one's output. Rejects with a Failure or, when its scope is stopped, with the Stopped. */
export async function runStates(run: Run, states: States, input: Json, line: Line): Promise<Json> {
  let name = states.StartAt;
  let data = input;
  for (;;) {
    if (line.scope.stopped) throw line.scope.reason;
    const state = states.States[name];
    if (!state) throw new Failure('States.Runtime', `There is no state '${name}'`);
    const { output, next } = await runState(run, name, state, data, line);
    if (next === undefined) return output;
    name = next;
    data = output;
  }
}

type Outcome = { output: Json; next: string | undefined };

async function runState(run: Run, name: string, state: State, input: Json, line: Line): Promise<Outcome> {
  const entered = run.history.add(line.trail, `${state.Type}StateEntered`, {
    name,
    ...withinLimit(name, inputOf(input)),
  });
  const EnteredTime = new Date(run.clock.now()).toISOString();
  const retries = new Retries('Retry' in state ? state.Retry : undefined, run.random);
  const exit = (outcome: Outcome): Outcome => {
    run.history.add(line.trail, `${state.Type}StateExited`, { name, ...withinLimit(name, outputOf(outcome.output)) });
    return outcome;
  };
  for (let retryCount = 0; ; retryCount += 1) {
    const State = { Name: name, EnteredTime, ...(state.Type === 'Task' ? { RetryCount: retryCount } : {}) };
    const context: Visit['context'] = { ...run.context, State, ...(line.item ? { Map: { Item: line.item } } : {}) };
    try {
      const outcome = await attempt({ run, line, name, context, retryCount }, state, input);
      if (line.scope.stopped) throw line.scope.reason;
      return exit(outcome);
    } catch (error) {
      if (line.scope.stopped) throw aborted(run, state, line.scope.reason);
      const failure = asFailure(error, name, entered);
      const wait = retries.next(failure);
      if (wait !== undefined) {
        await line.scope.race(run.clock.sleep(wait, line.scope.signal)).catch((stopped) => {
          throw aborted(run, state, stopped);
        });
        continue;
      }
      if (state.Type === 'Parallel' || state.Type === 'Map') run.history.add(line.trail, `${state.Type}StateFailed`);
      const catcher = findCatcher(state, failure);
      if (catcher) return exit({ output: caught(catcher, input, failure), next: catcher.Next });
      if (state.Type === 'Task' && line.nested) run.history.aside(line.trail.last, 'TaskStateAborted');
      throw failure;
    }
  }
}

/** The state's work between InputPath and OutputPath. */
async function attempt(visit: Visit, state: State, raw: Json): Promise<Outcome> {
  const { context } = visit;
  const select = (path: string | null | undefined, data: Json): Json =>
    path === null ? {} : path === undefined ? data : readPath(path, { data, context });
  if (state.Type === 'Fail') throw failState(state, { data: raw, context });
  const from: Readable = { data: select(state.InputPath, raw), context };
  const next = 'Next' in state ? state.Next : undefined;
  const finish = (data: Json): Outcome => ({ output: select(state.OutputPath, data), next });
  const combine = (result: Json, path: string | null | undefined, selector?: Json): Outcome => {
    const selected = selector === undefined ? result : fillTemplate(selector, { data: result, context });
    return finish(path === null ? raw : putPath(path ?? '$', raw, selected));
  };
  switch (state.Type) {
    case 'Succeed':
      return finish(from.data);
    case 'Choice':
      return { output: select(state.OutputPath, from.data), next: choose(state, visit.name, from) };
    case 'Wait':
      await runWait(visit, state, from);
      return finish(from.data);
    case 'Pass': {
      const result =
        state.Result ?? (state.Parameters === undefined ? from.data : fillTemplate(state.Parameters, from));
      return combine(Object.hasOwn(state, 'Result') ? (state.Result ?? null) : result, state.ResultPath);
    }
    case 'Task':
      return combine(await runTask(visit, state, from), state.ResultPath, state.ResultSelector);
    case 'Parallel':
      return combine(await runParallel(visit, state, from), state.ResultPath, state.ResultSelector);
    case 'Map':
      return combine(await runMap(visit, state, from), state.ResultPath, state.ResultSelector);
  }
}

function findCatcher(state: State, failure: Failure): Catcher | undefined {
  return 'Catch' in state ? state.Catch?.find((catcher) => failure.matches(catcher.ErrorEquals)) : undefined;
}

const caught = (catcher: Catcher, input: Json, failure: Failure): Json =>
  catcher.ResultPath === null ? input : putPath(catcher.ResultPath ?? '$', input, failure.errorOutput);

/** The event of a state that is stopped because a sibling failed; the end of the execution itself leaves none. */
function aborted(run: Run, state: State, reason: unknown): unknown {
  const kept = ['Task', 'Wait', 'Parallel', 'Map'].includes(state.Type);
  if (kept && reason instanceof Stopped && reason.eventId !== undefined)
    run.history.aside(reason.eventId, `${state.Type}StateAborted`);
  return reason;
}

function asFailure(error: unknown, name: string, entered: number): Failure {
  if (error instanceof Failure) return error;
  const what = error instanceof RuntimeFault ? error.message : `Fault of the interpreter: ${(error as Error)?.stack}`;
  return new Failure(
    'States.Runtime',
    `An error occurred while executing the state '${name}' (entered at the event id #${entered}). ${what}`,
  );
}

function withinLimit<Data extends { input: string } | { output: string }>(name: string, data: Data): Data {
  const text = 'input' in data ? data.input : data.output;
  if (text.length > maximumBytes / 3 && Buffer.byteLength(text) > maximumBytes) throw dataLimitExceeded(name, true);
  return data;
}
