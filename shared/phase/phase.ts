// The wrapper of every function: checks the input, logs with ids, and lets only our own errors out.
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { InvalidRequestError } from '../errors.ts';
import { check, findingText } from '../model/check.ts';

export type Lambda = {
  /** Epoch milliseconds after which this invocation can no longer act. */
  until: number;
};

const logger = new Logger({ serviceName: 'serverless-image-builder' });

/** The keys of an input that are worth a place in every log line; tokens and documents never are. */
const logged = ['image', 'stage', 'index', 'imagePipelineName', 'imagePipelineArn'];

function logKeys(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(Object.entries(input).filter(([key]) => logged.includes(key)));
}

/**
 * A Lambda handler around `act`. Input that does not fit `schema` is an InvalidRequestError that lists every problem.
 * Errors keep their names, which is what the state machine's retriers match.
 */
export function phase<Schema extends z.ZodType, Output>(
  schema: Schema,
  act: (input: z.output<Schema>, lambda: Lambda) => Promise<Output>,
) {
  // Middy would answer a late act just before the sandbox ends it, and the act would go on in a later invocation.
  return middy<unknown, Output, Error, Context>({ timeoutEarlyInMillis: 0 })
    .before(({ context, event }) => {
      logger.resetKeys();
      logger.addContext(context);
      logger.appendKeys(logKeys(event));
    })
    .onError(({ error }) => {
      logger.error(error?.message ?? 'failed', error as Error);
    })
    .handler(async (event, context) => {
      const { output, findings } = check(schema, event);
      if (findings.length > 0)
        throw new InvalidRequestError(
          `${context.functionName} refuses its input: ${findings.map(findingText).join('; ')}`,
        );
      const started = Date.now();
      const answer = await act(output as z.output<Schema>, { until: started + context.getRemainingTimeInMillis() });
      logger.info('done', { milliseconds: Date.now() - started });
      return answer;
    });
}
