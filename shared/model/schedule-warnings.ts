// What is allowed in a schedule and yet is hardly what its author wants, as far as the file tells; put-resources knows the rest.
import type { PipelineDefinition } from './pipeline-schema.ts';
import { mayFireAtClockChange, readScheduleExpression } from './schedule-expression.ts';

export type ScheduleWarning = { path: PropertyKey[]; message: string };

/** Warnings with the paths of what they are about. */
export function scheduleWarnings(pipeline: PipelineDefinition): ScheduleWarning[] {
  const { schedule } = pipeline;
  if (schedule === 'manual') return [];
  const warnings: ScheduleWarning[] = [];
  const read = schedule && readScheduleExpression(schedule.scheduleExpression);
  if (
    schedule &&
    read &&
    'expression' in read &&
    mayFireAtClockChange(read.expression) &&
    changesItsClocks(schedule.timezone)
  )
    warnings.push({
      path: ['schedule', 'scheduleExpression'],
      message: `in ${schedule.timezone} clocks change at night: a time between 01:00 and 03:00 that does not exist on that day is skipped, one that exists twice runs once`,
    });
  return warnings;
}

/** Whether the zone has summer time: its offset differs between months of one year. */
function changesItsClocks(timeZone: string): boolean {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offset = (month: number) =>
    format.formatToParts(Date.UTC(2026, month, 1)).find(({ type }) => type === 'timeZoneName')?.value;
  return new Set([0, 2, 3, 6, 9, 11].map(offset)).size > 1;
}
