// What pipelines and lifecycle policies have in common as schedules of EventBridge Scheduler.
import { InvalidRequestError } from '../errors.ts';
import { firesFrom } from '../model/cron-dates.ts';
import { rateMilliseconds, readScheduleExpression, schedulerExpression } from '../model/schedule-expression.ts';
import { clientToken } from './client-token.ts';

/** Names of schedules have at most 64 characters (EventBridge Scheduler API reference, CreateSchedule): cut ones stay apart by their hash. */
export const shortened = (name: string) =>
  name.length <= 64 ? name : `${name.slice(0, 55)}-${clientToken(name).slice(0, 8)}`;

/** A schedule as Scheduler has it already. */
export type Standing = { expression: string; startDate?: Date } | undefined;

type Scheduled = {
  schedule?: { scheduleExpression: string; timezone: string } | 'manual' | undefined;
  status: 'ENABLED' | 'DISABLED';
};

/** InvalidRequestError for an enabled cron all of whose dates lie before `now` (epoch milliseconds). `of`: whose schedule it is, in words. */
export function assertFires({ schedule, status }: Scheduled, of: string, now: number): void {
  if (schedule === undefined || schedule === 'manual' || status === 'DISABLED') return;
  const { scheduleExpression } = schedule;
  const read = readScheduleExpression(scheduleExpression);
  if ('problem' in read || read.expression.kind === 'rate' || firesFrom(read.expression, now)) return;
  throw new InvalidRequestError(
    `The schedule ${scheduleExpression} of ${of} would never fire: all its dates are over. Name a later year, or * for every year.`,
  );
}

/** When it fires: undefined without a schedule of one's own. `before` is the schedule as it stands, `now` epoch milliseconds. */
export function wantedTimes({ schedule, status }: Scheduled, before: Standing, now: number) {
  if (schedule === undefined || schedule === 'manual') return undefined;
  const read = readScheduleExpression(schedule.scheduleExpression);
  if ('problem' in read) return undefined;
  const expression = schedulerExpression(read.expression);
  const rate = read.expression.kind === 'rate' ? rateMilliseconds(read.expression) : undefined;
  return {
    expression,
    timezone: schedule.timezone,
    enabled: status === 'ENABLED',
    ...(rate !== undefined && {
      startDate: firstOf(rate, before?.expression === expression ? before.startDate : undefined, now),
    }),
  };
}

/** Without a start a rate fires as soon as it is made; a rate that is registered again keeps its beat. A start must not lie in the past. */
function firstOf(rate: number, start: Date | undefined, now: number): Date {
  if (!start) return new Date(now + rate);
  const missed = Math.max(0, Math.ceil((now - start.getTime()) / rate));
  return new Date(start.getTime() + missed * rate);
}
