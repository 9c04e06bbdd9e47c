// What is allowed in a schedule and yet is hardly what its author wants.
import { parseParentImage } from './parent-image.ts';
import type { PipelineDefinition } from './pipeline-schema.ts';
import { parseComponentReference } from './references.ts';
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
  const condition = schedule?.pipelineExecutionStartCondition ?? 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE';
  if (schedule && condition !== 'EXPRESSION_MATCH_ONLY' && isPinned(pipeline))
    warnings.push({
      path: ['schedule'],
      message:
        'after its first build this schedule never starts another: parent image and components are fixed, so EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE finds no update. Refer to them with x (1.x.x) or ssm:, or use EXPRESSION_MATCH_ONLY',
    });
  return warnings;
}

/** Whether what the image is made of can change without the pipeline being registered again. */
function isPinned({ imageRecipe }: PipelineDefinition): boolean {
  // What a registered recipe is made of is not known here.
  if (typeof imageRecipe === 'string') return false;
  const { parentImage, components } = imageRecipe;
  const parent = parseParentImage(parentImage);
  const parentFixed = parent?.kind === 'ami' || (parent?.kind === 'image' && parent.version.build !== undefined);
  return (
    parentFixed &&
    components.every(({ component }) => {
      const reference = parseComponentReference(component);
      // A document by path is registered with the pipeline, and pinned then.
      return reference?.kind !== 'registered' || reference.version.build !== undefined;
    })
  );
}

/** Whether the zone has summer time: its offset differs between months of one year. */
function changesItsClocks(timeZone: string): boolean {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offset = (month: number) =>
    format.formatToParts(Date.UTC(2026, month, 1)).find(({ type }) => type === 'timeZoneName')?.value;
  return new Set([0, 2, 3, 6, 9, 11].map(offset)).size > 1;
}
