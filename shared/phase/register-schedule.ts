// What registering a pipeline means for the times at which it builds by itself.
import type { Schedules } from '../aws/schedules.ts';
import { circle } from '../build/cascade.ts';
import { pipelineSchedule, scheduleName } from '../build/pipeline-schedule.ts';
import { InvalidRequestError } from '../errors.ts';
import { channelOfParameter } from '../model/channel.ts';
import { parseParentImage } from '../model/parent-image.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { parameterName } from '../software/parent-family.ts';
import type { PipelineHealth } from '../store/pipeline-health.ts';
import type { Pipelines } from '../store/pipelines.ts';
import type { Registry } from '../store/registry.ts';
import { registeredPipelines } from './resolve-pipeline.ts';

export type Scheduling = { pipelines: Pipelines; schedules: Schedules; health: PipelineHealth; now(): number };

/** Only who builds on an image, or on what a channel has, can be part of a circle. */
function buildsOnImages({ imageRecipe }: Pipeline): boolean {
  const parent = parseParentImage(imageRecipe.parentImage);
  if (parent?.kind === 'ssm') return channelOfParameter(`/${parameterName(parent.parameter)}`) !== undefined;
  return parent?.kind === 'image';
}

/** A pipeline whose new images would, through others, start it again and again is refused with the chain. */
export async function assertNoCircle(
  registry: Pick<Registry, 'pipelines' | 'imageRecipes' | 'configurations'>,
  pipeline: Pipeline,
): Promise<void> {
  if (!buildsOnImages(pipeline)) return;
  const chain = circle(pipeline, await registeredPipelines(registry));
  if (!chain) return;
  throw new InvalidRequestError(
    `The pipeline ${pipeline.name} would never come to rest: ${chain.join(' → ')}, each built on the one before. Name a fixed build (name/1.0.0/1) or an AMI id as the parent image of one of them, or let one publish to no channel.`,
  );
}

/** Makes, changes or removes the schedule of a pipeline; a registration also ends the row of failures. */
export async function registerSchedule({ schedules, health, now }: Scheduling, pipeline: Pipeline): Promise<void> {
  const name = scheduleName(pipeline.name);
  const before = await schedules.find(name);
  const wanted = pipelineSchedule(pipeline, before, now());
  if (wanted) await schedules.put(wanted);
  else if (before) await schedules.remove(name);
  await health.reset(pipeline.name);
}
