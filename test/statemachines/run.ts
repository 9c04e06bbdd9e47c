// Runs the real machine under our interpreter with functions that do as they are told; hours pass in milliseconds.

import { AwsError } from '../../local/service.ts';
import type { Json } from '../../local/step-functions/definition.ts';
import { Failure } from '../../local/step-functions/failure.ts';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { loadDefinition } from '../../local/step-functions/load.ts';
import { runMachine } from '../../local/step-functions/run-machine.ts';
import { type ErrorName, errorNamed, errorNames } from '../../shared/errors.ts';
import { definitionText, substitutions } from './machine.ts';

export type Fault = { state: string; error: string; times: number };

export const plan = {
  checkNeeded: true,
  buildNeeded: true,
  build: [0, 1, 2],
  test: [0, 1],
  imageTestsEnabled: true,
  copyDuringTests: [1, 2],
  copyAfterTests: [],
  approvalNeeded: true,
  exports: [1],
};

/** Milliseconds until a launch's turn. */
const postponement = 90_000;

/** A Step Functions error of Lambda's service is raised by Lambda's API, a time-out by silence, the rest by the function. */
function raise(error: string): Promise<Json> {
  if (error === 'States.Timeout') return new Promise(() => {});
  if (error.startsWith('Lambda.')) throw new AwsError(error.slice('Lambda.'.length), 'told to fail', 500);
  if ((errorNames as string[]).includes(error)) throw errorNamed(error as ErrorName, `${error} as told`);
  throw new Failure(error, JSON.stringify({ errorType: error, errorMessage: `${error} as told` }));
}

/** Answers of the functions that answer; the others complete their token. FinishImage ends the image as its real self does. */
function answer(name: string, payload: { [key: string]: Json }, planned: Json): Json {
  if (name === 'PrepareImage') return planned;
  if (name !== 'FinishImage') return {};
  const { error } = payload.ended as { error?: { Error: string; Cause?: string } };
  if (!error) return { status: 'AVAILABLE', error: '', cause: '' };
  const status = error.Error === 'CancelledError' ? 'CANCELLED' : 'FAILED';
  return { status, error: error.Error, cause: error.Cause ?? 'no cause' };
}

/** One execution; `calls` counts invocations by state. Faults strike the first `times` attempts of their state. */
export async function runBuild(faults: Fault[] = [], planned: Json = plan) {
  const clock = impatientClock();
  const calls: Record<string, number> = {};
  const order: string[] = [];
  const machine = loadDefinition(definitionText, substitutions);
  const running = runMachine(
    machine,
    { image: 'arn:image' },
    {
      clock,
      invoke: async (name, payload, { state, token }) => {
        calls[state] = (calls[state] ?? 0) + 1;
        order.push(state);
        const fault = faults.find((one) => one.state === state && calls[state]! <= one.times);
        if (fault?.error === 'PostponedError') {
          const cause = new Date(clock.now() + postponement).toISOString();
          running.tokens.fail(token!, fault.error, cause);
          return {};
        }
        if (fault) return raise(fault.error);
        if (token) running.tokens.succeed(token, {});
        return answer(name, payload as { [key: string]: Json }, planned);
      },
    },
  );
  const ending = await running.ended;
  return { ...ending, calls, order, history: running.history };
}
