// The second net: an execution that ended badly, by whatever way, is cleaned up and its image's record ended.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { endOfExecution, hasFailed } from '../build/ending.ts';
import { retriedErrors } from '../build/outcome.ts';
import { UnprovenError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import { type CleaningUp, cleanup } from './cleanup.ts';
import { type Finishing, finish } from './finish.ts';
import { assertBuiltBy } from './own-execution.ts';
import type { Lambda } from './phase.ts';

export type Ending = CleaningUp & Finishing;

const machineInput = z.object({ image: z.string().check(z.refine((text) => parseArn(text)?.build !== undefined)) });

/** The event, as far as we read it (Step Functions developer guide, EventBridge integration). Ours is far below the size at which `input` is left out. */
export const executionEndedSchema = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    executionArn: z.string().check(z.maxLength(2048)),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    input: z.pipe(
      z.string(),
      z.transform((text: string, context) => {
        try {
          return machineInput.parse(JSON.parse(text));
        } catch {
          context.issues.push({ code: 'custom', message: 'expected {"image": "<arn>"} as JSON', input: text });
          return z.NEVER;
        }
      }),
    ),
    error: z.nullish(z.string()),
    cause: z.nullish(z.string()),
  }),
});

/** Milliseconds between tries while something may still be made by a function that has not ended yet. */
const interval = 2000;

export async function executionEnded(
  ending: Ending,
  { detail }: z.output<typeof executionEndedSchema>,
  { until }: Lambda,
): Promise<void> {
  const { image } = detail.input;
  assertBuiltBy(image, await ending.images.find(image), detail.executionArn);
  const end = endOfExecution(detail.status, detail.error, detail.cause);
  let failure: unknown;
  for (;;) {
    try {
      await cleanup(ending, image, hasFailed(end));
      failure = undefined;
      break;
    } catch (error) {
      failure = error;
      // Who cancelled need not wait for a proof: the record says what is not proven yet, until it is.
      if (error instanceof UnprovenError) await finish(ending, image, end);
      if (!retriedErrors.includes((error as Error).name) || ending.now() + 2 * interval > until) break;
      await pause(interval);
    }
  }
  await finish(ending, image, end);
  if (failure) throw failure;
}
