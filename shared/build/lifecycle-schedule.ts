// The schedule that a lifecycle policy wants of EventBridge Scheduler.

import type { LifecyclePolicy } from '../model/lifecycle-policy-schema.ts';
import { normalisedName } from '../model/names.ts';
import { rateMilliseconds, readScheduleExpression, schedulerExpression } from '../model/schedule-expression.ts';
import { clientToken } from './client-token.ts';
import { firstOf } from './pipeline-schedule.ts';

/** Apart from those of pipelines by a dot, which names of pipelines do not have; at most 64 characters. */
export function lifecycleScheduleName(policy: string): string {
  const name = `lifecycle.${normalisedName(policy)}`;
  return name.length <= 64 ? name : `${name.slice(0, 55)}-${clientToken(name).slice(0, 8)}`;
}

/** Undefined for a policy without a schedule of its own. `before` is the schedule as it stands, `now` epoch milliseconds. */
export function lifecycleSchedule(
  name: string,
  { schedule, status }: Pick<LifecyclePolicy, 'schedule' | 'status'>,
  before: { expression: string; startDate?: Date } | undefined,
  now: number,
) {
  if (schedule === undefined || schedule === 'manual') return undefined;
  const read = readScheduleExpression(schedule.scheduleExpression);
  if ('problem' in read) return undefined;
  const expression = schedulerExpression(read.expression);
  const rate = read.expression.kind === 'rate' ? rateMilliseconds(read.expression) : undefined;
  return {
    name: lifecycleScheduleName(name),
    expression,
    timezone: schedule.timezone,
    enabled: status === 'ENABLED',
    description: `Applies the lifecycle policy ${name}`,
    input: { policy: name, trigger: 'schedule' },
    ...(rate !== undefined && {
      startDate: firstOf(rate, before?.expression === expression ? before.startDate : undefined, now),
    }),
  };
}
