// aws-local-stepfunctions behind the same `play` as ours: an interpreter that somebody else wrote. It knows no tokens, heartbeats or
// time-outs of tasks and no envelope of lambda:invoke, so its Task states are given those here.
import { randomUUID } from 'node:crypto';
import { StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '../../../local/step-functions/definition.ts';

export type OracleCall = {
  name: string;
  state: string;
  payload?: Json;
  succeed(output: Json): void;
  fail(error: string, cause: string): void;
  /** Does it a little later, before any heartbeat is missed. */
  later(work: () => void): void;
};

type Task = {
  Type: string;
  Resource: string;
  HeartbeatSeconds?: number;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[] }[];
};
type Container = { States: Record<string, object> };

/** `$$.Execution.Id` of everything that it runs. */
export const oracleExecution = 'arn:aws:states:us-east-1:123456789012:execution:oracle:one';

/** Seconds of the definition take this many milliseconds. */
const second = 2;

export async function playOracle(source: object, input: Json, answer: (call: OracleCall) => unknown) {
  const definition = structuredClone(source) as Container;
  const calls: string[] = [];
  const handlers: Record<string, (input: unknown) => Promise<unknown>> = {};
  const retryIntervalOverrides: Record<string, number> = {};
  const waitTimeOverrides: Record<string, number> = {};
  const visit = ({ States }: Container): void => {
    for (const [name, state] of Object.entries(States)) {
      const nested = state as { Branches?: Container[]; ItemProcessor?: Container; Seconds?: number };
      for (const inner of nested.Branches ?? []) visit(inner);
      if (nested.ItemProcessor) visit(nested.ItemProcessor);
      if (nested.Seconds !== undefined) waitTimeOverrides[name] = nested.Seconds * second;
      const task = state as Task;
      if (task.Retry) retryIntervalOverrides[name] = second;
      if (task.Type === 'Task') handlers[name] = handle(name, { ...task }, answer, calls);
      // It does not know the name that a missed heartbeat is matched by, and its own time-outs are the handler's.
      for (const rule of [...(task.Retry ?? []), ...(task.Catch ?? [])])
        if (rule.ErrorEquals.includes('States.Timeout')) rule.ErrorEquals.push('States.HeartbeatTimeout');
      delete task.HeartbeatSeconds;
      if (task.Type === 'Task') task.TimeoutSeconds = 2_147_483;
    }
  };
  visit(definition);
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  const { result } = machine.run(input as never, {
    overrides: { taskResourceLocalHandlers: handlers as never, retryIntervalOverrides, waitTimeOverrides },
    context: {
      Execution: { Id: oracleExecution, Input: input },
      Task: { Token: 'token' },
      State: { RetryCount: 0 },
    } as never,
  });
  try {
    return { status: 'SUCCEEDED', output: (await result) as Json, calls };
  } catch (error) {
    const { name, message } = (error as { cause: Error }).cause;
    return { status: 'FAILED', error: name, cause: message, calls };
  }
}

function handle(state: string, task: Task, answer: (call: OracleCall) => unknown, calls: string[]) {
  return async (given: unknown): Promise<unknown> => {
    const { FunctionName: name, Payload: payload } = given as { FunctionName: string; Payload?: Json };
    calls.push(name);
    const waits = task.Resource.endsWith('.waitForTaskToken');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    promise.catch(() => {});
    const timers: NodeJS.Timeout[] = [];
    const expire = (seconds: number | undefined) => {
      if (seconds !== undefined) timers.push(setTimeout(() => reject(failure('States.Timeout', '')), seconds * second));
    };
    expire(task.TimeoutSeconds);
    if (waits) expire(task.HeartbeatSeconds);
    const invocation = (async () =>
      answer({
        name,
        state,
        ...(payload !== undefined && { payload }),
        succeed: resolve,
        fail: (error, cause) => reject(failure(error, cause)),
        later: (work) => setTimeout(work, 1),
      }))();
    const outcome = invocation.then(
      (Payload) =>
        waits
          ? promise
          : {
              ExecutedVersion: '$LATEST',
              Payload: Payload ?? null,
              StatusCode: 200,
              SdkResponseMetadata: { RequestId: randomUUID() },
            },
      ({ name: errorType, message: errorMessage }: Error) =>
        Promise.reject(failure(errorType, JSON.stringify({ errorType, errorMessage }))),
    );
    try {
      return await Promise.race([outcome, promise]);
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  };
}

const failure = (name: string, message: string): Error => Object.assign(new Error(message), { name });
