// The schedule that a pipeline wants of EventBridge Scheduler.
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { rateMilliseconds, readScheduleExpression, schedulerExpression } from '../model/schedule-expression.ts';
import { clientToken } from './client-token.ts';

/** Names of schedules have at most 64 characters, those of pipelines 128: cut ones stay apart by their hash. */
export function scheduleName(pipeline: string): string {
  const name = normalisedName(pipeline);
  return name.length <= 64 ? name : `${name.slice(0, 55)}-${clientToken(name).slice(0, 8)}`;
}

/** Undefined for a pipeline without a schedule of its own. `before` is the schedule as it stands, `now` epoch milliseconds. */
export function pipelineSchedule(
  { name, schedule, status }: Pick<Pipeline, 'name' | 'schedule' | 'status'>,
  before: { expression: string; startDate?: Date } | undefined,
  now: number,
) {
  if (schedule === undefined || schedule === 'manual') return undefined;
  const read = readScheduleExpression(schedule.scheduleExpression);
  if ('problem' in read) return undefined;
  const expression = schedulerExpression(read.expression);
  const rate = read.expression.kind === 'rate' ? rateMilliseconds(read.expression) : undefined;
  return {
    name: scheduleName(name),
    expression,
    timezone: schedule.timezone,
    enabled: status === 'ENABLED',
    description: `Builds the pipeline ${name}`,
    input: {
      imagePipelineName: name,
      trigger: 'schedule',
      scheduledTime: '<aws.scheduler.scheduled-time>',
    },
    ...(schedule.flexibleTimeWindowMinutes && { flexibleMinutes: schedule.flexibleTimeWindowMinutes }),
    ...(rate !== undefined && {
      startDate: firstOf(rate, before?.expression === expression ? before.startDate : undefined, now),
    }),
  };
}

/** Without a start a rate fires as soon as it is made; a rate that is registered again keeps its beat. A start must not lie in the past. */
export function firstOf(rate: number, start: Date | undefined, now: number): Date {
  if (!start) return new Date(now + rate);
  const missed = Math.max(0, Math.ceil((now - start.getTime()) / rate));
  return new Date(start.getTime() + missed * rate);
}
