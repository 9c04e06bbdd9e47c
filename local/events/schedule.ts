// When a rule with a schedule is due: rates, and cron in UTC, by the cloud's clock.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
import type { Clock } from '../clock.ts';
import { type Expression, readExpression } from '../scheduler/expression.ts';
import { AwsError } from '../service.ts';

/** Throws ValidationException for what is neither rate(…) nor cron(…). */
export function ruleSchedule(expression: string): Expression {
  const invalid = () => new AwsError('ValidationException', `Parameter ScheduleExpression is not valid: ${expression}`);
  if (expression.startsWith('at(')) throw invalid();
  try {
    return readExpression(expression, 'UTC');
  } catch (error) {
    if (error instanceof AwsError) throw invalid();
    throw error;
  }
}

/** Calls `run` each time that it is due, first after a rate's whole interval, until the signal is aborted. */
export async function repeat(clock: Clock, { next }: Expression, run: () => void, signal: AbortSignal): Promise<void> {
  const base = clock.now();
  try {
    for (let due = next(base, base); due !== undefined; due = next(due, base)) {
      await clock.sleep(Math.max(0, due - clock.now()), signal);
      run();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
