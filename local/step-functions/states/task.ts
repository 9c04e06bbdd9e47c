// The Task state: invokes a Lambda function and takes its result, or waits for somebody to complete the task by its token.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../service.ts';
import type { Json, TaskState } from '../definition.ts';
import { dataLimitExceeded, Failure, heartbeatTimeout, RuntimeFault, taskTimeout } from '../failure.ts';
import { waitForTaskToken } from '../fields.ts';
import { outputOf } from '../history.ts';
import { type Readable, readPath } from '../path.ts';
import { maximumBytes, type Run, type Visit } from '../run.ts';
import { Scope } from '../scope.ts';
import { fillTemplate } from '../template.ts';
import type { TaskToken } from '../tokens.ts';

export async function runTask(visit: Visit, state: TaskState, from: Readable): Promise<Json> {
  const { run, line } = visit;
  const token = state.Resource === waitForTaskToken ? run.tokens.open() : undefined;
  const attempt = new Scope(line.scope);
  try {
    const context = token ? { ...visit.context, Task: { Token: token.token } } : visit.context;
    const parameters = fillTemplate(state.Parameters, { data: from.data, context }) as { [key: string]: Json };
    const timeout = secondsOf(state, 'TimeoutSeconds', from);
    const heartbeat = secondsOf(state, 'HeartbeatSeconds', from);
    const kind = { resourceType: 'lambda', resource: token ? 'invoke.waitForTaskToken' : 'invoke' };
    if (tooLarge(parameters)) throw dataLimitExceeded(visit.name, true);
    run.history.add(line.trail, 'TaskScheduled', {
      ...kind,
      region: run.region,
      parameters: JSON.stringify(parameters),
      ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
      ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
    });
    run.history.add(line.trail, 'TaskStarted', kind);
    try {
      const result = await attempt.race(
        Promise.race([
          invoked(visit, parameters, kind, attempt, token),
          ...(timeout === undefined ? [] : [expired(run, attempt, timeout)]),
          ...(heartbeat === undefined || !token ? [] : [silent(run, attempt, heartbeat, token)]),
        ]),
      );
      if (tooLarge(result)) throw dataLimitExceeded('lambda', false);
      run.history.add(line.trail, 'TaskSucceeded', { ...kind, ...outputOf(result) });
      return result;
    } catch (error) {
      if (line.scope.stopped) throw error;
      const failure = asFailure(error);
      const type = failure.errorName === 'States.Timeout' ? 'TaskTimedOut' : 'TaskFailed';
      run.history.add(line.trail, type, { ...kind, ...errorDetails(failure) });
      throw failure;
    }
  } finally {
    attempt.stop(undefined);
    token?.close();
  }
}

/** The result of the task: the function's, or with a token the answer, which may come before the function returns. */
async function invoked(
  { run, line, name, retryCount }: Visit,
  parameters: { [key: string]: Json },
  kind: object,
  attempt: Scope,
  token: TaskToken | undefined,
): Promise<Json> {
  const functionName = String(parameters.FunctionName);
  const call = { ...(token ? { token: token.token } : {}), state: name, retryCount };
  const invocation = (async () => run.invoke(functionName, parameters.Payload ?? null, call))();
  if (!token) return envelope(functionName, await invocation);
  const submitted = invocation.then((payload) => {
    if (!attempt.stopped)
      run.history.add(line.trail, 'TaskSubmitted', { ...kind, ...outputOf(envelope(functionName, payload)) });
    return token.answer;
  });
  return Promise.race([token.answer, submitted]);
}

/** What `lambda:invoke` gives back around the function's own result. */
function envelope(functionName: string, Payload: Json): Json {
  const qualifier = functionName.startsWith('arn:') ? functionName.split(':')[7] : functionName.split(':')[1];
  const RequestId = randomUUID();
  const ExecutedVersion = qualifier ?? '$LATEST';
  const HttpHeaders = { 'Content-Type': 'application/json', 'x-amzn-RequestId': RequestId };
  const AllHttpHeaders = { 'Content-Type': ['application/json'], 'x-amzn-RequestId': [RequestId] };
  return {
    ExecutedVersion,
    Payload,
    SdkHttpMetadata: { AllHttpHeaders, HttpHeaders, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId },
    StatusCode: 200,
  };
}

async function expired(run: Run, attempt: Scope, seconds: number): Promise<never> {
  await run.clock.sleep(seconds * 1000, attempt.signal);
  throw taskTimeout();
}

async function silent(run: Run, attempt: Scope, seconds: number, token: TaskToken): Promise<never> {
  const start = run.clock.now();
  for (;;) {
    const left = (token.lastBeat() ?? start) + seconds * 1000 - run.clock.now();
    if (left <= 0) throw heartbeatTimeout();
    await run.clock.sleep(left, attempt.signal);
  }
}

function secondsOf(state: TaskState, field: 'TimeoutSeconds' | 'HeartbeatSeconds', from: Readable): number | undefined {
  const path = state[`${field}Path`];
  if (path === undefined) return state[field];
  const value = readPath(path, from);
  if (Number.isInteger(value) && Number(value) > 0) return Number(value);
  throw new RuntimeFault(
    `The ${field}Path field refers to value ${JSON.stringify(value)} which is not a positive integer: ${path}`,
  );
}

function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof AwsError)
    return new Failure(
      `Lambda.${error.code}`,
      `${error.message} (Service: Lambda, Status Code: ${error.statusCode}, Request ID: ${randomUUID()})`,
    );
  const { name: errorType, message: errorMessage, stack } = error instanceof Error ? error : new Error(String(error));
  return new Failure(errorType, JSON.stringify({ errorType, errorMessage, trace: stack?.split('\n') ?? [] }));
}

const errorDetails = ({ errorName, causeText }: Failure) => ({
  ...(errorName === undefined ? {} : { error: errorName }),
  ...(causeText === undefined ? {} : { cause: causeText }),
});

const tooLarge = (value: Json): boolean => Buffer.byteLength(JSON.stringify(value)) > maximumBytes;
