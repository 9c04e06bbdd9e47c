// The schedule that a pipeline wants of EventBridge Scheduler.
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { type Standing, shortened, wantedTimes } from './wanted-schedule.ts';

export const scheduleName = (pipeline: string) => shortened(normalisedName(pipeline));

/** Undefined for a pipeline without a schedule of its own. `before` is the schedule as it stands, `now` epoch milliseconds. */
export function pipelineSchedule(
  pipeline: Pick<Pipeline, 'name' | 'schedule' | 'status'>,
  before: Standing,
  now: number,
) {
  const { name, schedule } = pipeline;
  const times = wantedTimes(pipeline, before, now);
  const flexibleMinutes = typeof schedule === 'object' ? schedule.flexibleTimeWindowMinutes : undefined;
  return (
    times && {
      ...times,
      name: scheduleName(name),
      description: `Builds the pipeline ${name}`,
      input: {
        imagePipelineName: name,
        trigger: 'schedule',
        scheduledTime: '<aws.scheduler.scheduled-time>',
      },
      ...(flexibleMinutes && { flexibleMinutes }),
    }
  );
}
