// How long a program may run at most, by the time-outs that its driver keeps.
import { mostReboots } from './driver/steps.ts';
import type { ProgramStep } from './program.ts';

/** Seconds in which a machine is up again after a reboot. */
const rebootSeconds = 10 * 60;
/** Seconds beside each attempt: its secrets and conditions, and what a step that is stopped has to end by itself. */
const attemptSeconds = 60;
/** Seconds for the driver itself, and for a copy of it that waits for another. */
const driverSeconds = 15 * 60;

/**
 * Seconds after which the program has ended, whatever its steps do; undefined when a step has no time-out. A loop's
 * time-out is for all its iterations; a nested document has the time-outs of its steps, again for each iteration. Any
 * step may ask for a reboot, after which it runs anew: at most `mostReboots` times in one run.
 */
export function longestRun(steps: ProgramStep[], own = steps.length): number | undefined {
  const once = sum(steps, 0, own);
  if (!Number.isFinite(once)) return undefined;
  const longest = Math.max(0, ...steps.map(({ timeoutSeconds }) => timeoutSeconds));
  return once + mostReboots * (longest + rebootSeconds) + driverSeconds;
}

/** Infinity when one of the steps has no time-out. */
function sum(steps: ProgramStep[], first: number, count: number): number {
  const each = steps
    .slice(first, first + count)
    .map((step) => step.maxAttempts * (attempt(steps, step) + attemptSeconds));
  return each.reduce((total, seconds) => total + seconds, 0);
}

function attempt(steps: ProgramStep[], { timeoutSeconds, thenReboot, document, loop }: ProgramStep): number {
  if (document) return loop ? Number.POSITIVE_INFINITY : sum(steps, document.first, document.count);
  if (thenReboot) return rebootSeconds;
  return timeoutSeconds > 0 ? timeoutSeconds : Number.POSITIVE_INFINITY;
}
