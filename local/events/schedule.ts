// Runs something at a fixed rate by the cloud's clock, as a rule with a schedule does.
import type { Clock } from '../clock.ts';
import { AwsError } from '../service.ts';

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `rate(5 minutes)` → milliseconds; throws ValidationException for what is no rate. */
export function rateOf(expression: string): number {
  const match = /^rate\((\d+) (minute|hour|day)(s?)\)$/.exec(expression);
  const count = Number(match?.[1]);
  if (!match || count < 1 || (count === 1) !== (match[3] === '')) {
    throw new AwsError(
      'ValidationException',
      `Parameter ScheduleExpression is not valid: ${expression} (rules of the local cloud know rate(value unit) only)`,
    );
  }
  return count * (units[match[2] ?? ''] ?? 0);
}

/** Calls `run` every `interval` milliseconds until the signal is aborted. */
export async function repeat(clock: Clock, interval: number, run: () => void, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(interval, signal);
      run();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
