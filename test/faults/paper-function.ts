// A function of the stack run in this process: the source of its handler, called as Lambda calls it, with Lambda's time limit and faults.
import { basename, join } from 'node:path';
import type { FunctionFault } from '../../local/lambda-host/function.ts';
import type { Sandbox } from '../../local/lambda-host/pool.ts';
import type { Launch, Outcome } from '../../local/lambda-host/process.ts';
import { repository } from '../source-files.ts';
import { type Invocation, installInvocations, invocations, withEnvironment } from './invocation.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;
type Clock = Launch['clock'] & { during<T>(work: Promise<T>): Promise<T> };

const handlers = new Map<string, Promise<Handler>>();
let last: Promise<unknown> = Promise.resolve();

/** Functions that are more like processes: each has modules of its own, and its log lines. */
export type Separate = {
  /** Forgets what is loaded, so that it is loaded anew. */
  forget(): void;
};

/** One after the other, since the environment is that of one function while its module is loaded. */
function load(module: string, variables: Record<string, string>, separate: Separate | undefined): Promise<Handler> {
  const known = handlers.get(module);
  if (known) return known;
  const loaded = last
    .catch(() => {})
    .then(() => {
      separate?.forget();
      return withEnvironment(variables, () => import(join(repository, `${module}.ts`)));
    })
    .then(({ handler }: { handler: Handler }) => handler);
  handlers.set(module, loaded);
  last = loaded;
  return loaded;
}

const exitError = (text: string): FunctionFault => ({ errorType: 'Runtime.ExitError', errorMessage: text });

/** What Lambda reports of an invocation whose process was killed. */
export const killed: Outcome = { fault: exitError('Error: Runtime exited with error: signal: killed') };

/** `living`: the invocations that go on at the moment. */
export function paperFunction(launch: Launch, clock: Clock, living: Set<Invocation>, separate?: Separate): Sandbox {
  installInvocations();
  const variables: Record<string, string> = {
    ...launch.variables,
    POWERTOOLS_LOG_LEVEL: process.env.POWERTOOLS_LOG_LEVEL ?? 'SILENT',
    POWERTOOLS_METRICS_DISABLED: 'true',
  };
  const name = variables.AWS_LAMBDA_FUNCTION_NAME!;
  const { promise: ended, resolve: ending } = Promise.withResolvers<void>();
  let current: Invocation | undefined;

  const sandbox: Sandbox = {
    usable: true,
    ended,
    kill() {
      sandbox.usable = false;
      current?.end(killed);
      ending();
    },
    async invoke(event, functionArn) {
      const handler = await clock.during(load(launch.handler.replace(/\.handler$/, ''), variables, separate));
      if (separate) launch.log(['START RequestId: paper Version: 1']);
      const over = new AbortController();
      const { promise: broken, resolve } = Promise.withResolvers<Outcome>();
      const invocation: Invocation = {
        function: basename(launch.handler, '.handler'),
        variables,
        clock,
        dead: false,
        end(outcome) {
          invocation.dead = true;
          sandbox.usable = false;
          resolve(outcome);
        },
        async away(work) {
          if (++away === 1) passing.resolve();
          try {
            return await work;
          } finally {
            if (--away === 0 && !over.signal.aborted) stand();
          }
        },
      };
      let away = 0;
      let passing = Promise.withResolvers<void>();
      const stand = () => {
        passing = Promise.withResolvers();
        void clock.during(passing.promise);
      };
      stand();
      current = invocation;
      living.add(invocation);
      const deadline = clock.now() + launch.timeout * 1000;
      clock.sleep(launch.timeout * 1000, over.signal).then(
        () => {
          const errorMessage = `Error: Task timed out after ${launch.timeout.toFixed(2)} seconds`;
          invocation.end({ fault: { errorType: 'Sandbox.Timedout', errorMessage } });
        },
        () => {},
      );
      const context = {
        functionName: name,
        invokedFunctionArn: functionArn,
        awsRequestId: 'paper',
        functionVersion: '1',
        memoryLimitInMB: String(launch.memorySize),
        getRemainingTimeInMillis: () => Math.max(0, deadline - clock.now()),
      };
      const work = invocations.run(invocation, () => answer(handler, event, context));
      try {
        return await Promise.race([work, broken]);
      } finally {
        living.delete(invocation);
        over.abort();
        passing.resolve();
      }
    },
  };
  return sandbox;
}

async function answer(handler: Handler, event: string, context: object): Promise<Outcome> {
  try {
    return { payload: JSON.stringify(await handler(JSON.parse(event), context)) ?? 'null' };
  } catch (error) {
    const { name, message, stack } = error as Error;
    return { fault: { errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] } };
  }
}
