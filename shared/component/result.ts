// What an emitted script says at its end, and how it is read from what Run Command returns.
import * as z from 'zod/mini';

const stepResult = z.object({
  phase: z.string(),
  name: z.string(),
  action: z.string(),
  status: z.enum(['success', 'failed', 'ignoredFailure', 'skipped']),
  exitCode: z.number(),
  /** Of all attempts together, reboots included. */
  seconds: z.number(),
  attempts: z.number(),
});

const componentResult = z.object({
  status: z.enum(['success', 'failed']),
  /** Component, phase, step, action and reason; empty after success. */
  failureMessage: z.string(),
  executedStepCount: z.number(),
  failedStepCount: z.number(),
  ignoredFailedStepCount: z.number(),
  rebootCount: z.number(),
  durationSeconds: z.number(),
  /** The first ones, when not all fit; `notes` then says how many are missing. */
  steps: z.array(stepResult),
  /** The first failure: the ends of the step's script and of its stderr. */
  failure: z.optional(
    z.object({
      phase: z.string(),
      step: z.string(),
      action: z.string(),
      exitCode: z.number(),
      seconds: z.number(),
      command: z.string(),
      stderr: z.string(),
    }),
  ),
  /** The end of what the failed step, or else the last step, printed. */
  output: z.string(),
  notes: z.optional(z.array(z.string())),
});

export type StepResult = z.infer<typeof stepResult>;

export type ComponentResult = z.infer<typeof componentResult>;

/**
 * The result in a command's stderr, or undefined when there is none (the script was ended before its end). Other lines are passed over:
 * bash warns of missing locales there, and the agent adds "failed to run commands: exit status 1".
 */
export function parseResult(stderr: string): ComponentResult | undefined {
  for (const line of stderr.split('\n').toReversed()) {
    if (!line.startsWith('{')) continue;
    const result = componentResult.safeParse(parseJson(line));
    if (result.success) return result.data;
  }
  return undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
