// The wrapper of every function: checks the input, logs with ids, and lets only our own errors out.
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import { environment } from '../aws/environment.ts';
import { metrics } from '../aws/metrics.ts';
import { executionName } from '../build/execution-name.ts';
import { InvalidRequestError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import { check, findingText, kind } from '../model/check.ts';
import { excess } from './event-size.ts';
import { assertBuiltBy, knownOf } from './own-execution.ts';

export type Lambda = {
  /** Epoch milliseconds after which this invocation can no longer act. */
  until: number;
};

/** What every line says of an image beside its ARN. A log is not worth an error, so what cannot be read is left out. */
async function about(image: unknown): Promise<Record<string, string>> {
  if (typeof image !== 'string' || parseArn(image)?.build === undefined) return {};
  const keys = { image, execution: executionName(image) };
  try {
    const pipeline = (await knownOf(image))?.sourcePipelineName;
    if (!pipeline) return keys;
    return { ...keys, pipeline };
  } catch {
    return keys;
  }
}

const logger = new Logger({ serviceName: 'serverless-image-builder' });

/** The keys of an input that are worth a place in every log line; tokens and documents never are. */
const logged = ['image', 'stage', 'index', 'imagePipelineName', 'imagePipelineArn'];

function logKeys(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(Object.entries(input).filter(([key]) => logged.includes(key)));
}

/** Problems that are told, and characters of them all: errors travel into logs, records and messages. */
const mostProblems = 20;
const longestMessage = 4000;

/** The input as `schema` reads it, or an InvalidRequestError that tells the problems but no value of the input. */
function accepted<Schema extends z.core.$ZodType>(
  schema: Schema,
  event: unknown,
  functionName: string,
): z.output<Schema> {
  const refused = (why: string) =>
    new InvalidRequestError(`${functionName} refuses its input: ${why}`.slice(0, longestMessage));
  const tooMuch = excess(event);
  if (tooMuch) throw refused(tooMuch);
  const { output, findings } = check(schema, event, kind);
  if (findings.length === 0) return output as z.output<Schema>;
  const more = findings.length > mostProblems ? `; and ${findings.length - mostProblems} more problems` : '';
  throw refused(findings.slice(0, mostProblems).map(findingText).join('; ') + more);
}

/** The image that an input or an answer is about; the event of an execution's end has it in the execution's input. */
function imageOf(thing: unknown): unknown {
  const { image, detail } = (thing ?? {}) as { image?: unknown; detail?: { input?: { image?: unknown } } };
  return image ?? detail?.input?.image;
}

/** What the machine calls says which execution it is of; who calls a function by hand has no execution. */
async function assertOwn(input: unknown): Promise<void> {
  const { image, execution } = (input ?? {}) as { image?: unknown; execution?: unknown };
  if (typeof image !== 'string' || typeof execution !== 'string') return;
  assertBuiltBy(image, await knownOf(image), execution);
}

/**
 * A Lambda handler around `act`. Input that does not fit `schema` is an InvalidRequestError, before anything is called.
 * Errors keep their names, which is what the state machine's retriers match.
 */
export function phase<Schema extends z.core.$ZodType, Output>(
  schema: Schema,
  act: (input: z.output<Schema>, lambda: Lambda) => Promise<Output>,
) {
  // Middy would answer a late act just before the sandbox ends it, and the act would go on in a later invocation.
  return middy<unknown, Output, Error, Context>({ timeoutEarlyInMillis: 0 })
    .before(({ context }) => {
      logger.resetKeys();
      logger.addContext(context);
      logger.appendKeys({ phase: context.functionName.replace(`${environment.stackName}-`, '') });
    })
    .onError(({ error }) => {
      if (error?.name === 'ThrottledError') metrics().count('Throttles');
      logger.error(error?.message ?? 'failed', error as Error);
    })
    .handler(async (event, context) => {
      const input = accepted(schema, event, context.functionName);
      logger.appendKeys(logKeys(input));
      const started = Date.now();
      await assertOwn(input);
      logger.appendKeys(await about(imageOf(input)));
      const answer = await act(input, { until: started + context.getRemainingTimeInMillis() });
      logger.appendKeys(await about(imageOf(answer)));
      logger.info('done', { milliseconds: Date.now() - started });
      return answer;
    });
}
