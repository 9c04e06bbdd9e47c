// What follows the end of an image: the pipeline's lock is freed, who waited is built, and so is what is made of a new image.

import { atOnce } from '../at-once.ts';
import type { Notices } from '../aws/notices.ts';
import { buildsOn, madeBy } from '../build/cascade.ts';
import { NotFoundError } from '../errors.ts';
import { type ImageRecord, isUnderWay } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { PipelineHealth } from '../store/pipeline-health.ts';
import type { PipelineRecord } from '../store/pipelines.ts';
import { imageBuiltHere, type UpdateSubjects } from '../store/update-subjects.ts';
import type { Requesting } from './decision.ts';
import { followUp } from './follow-up.ts';
import type { Lambda } from './phase.ts';
import { requestBuild } from './request-build.ts';
import { resolvePipeline } from './resolve-pipeline.ts';

export type Following = Requesting & { health: PipelineHealth; notices: Notices; updateSubjects: UpdateSubjects };

/** Pipelines that are decided about at once. */
const together = 8;

/** Idempotent: EventBridge delivers an event at least once, and Lambda tries it again. */
export async function imageEnded(following: Following, arn: string, lambda: Pick<Lambda, 'until'>): Promise<void> {
  const image = await following.images.read(arn);
  // The record says what is true, whoever put the event.
  if (isUnderWay(image.state.status)) return;
  const pipeline = image.sourcePipelineName;
  await following.queue.free(pipeline, arn);
  await judgeHealth(following, image);
  // A pipeline that was deleted while it was built has nobody who waits.
  await followUp(following, pipeline, lambda).catch(unlessGone);
  // A distribution is not another image.
  if (image.state.status !== 'AVAILABLE' || image.distributionOf) return;
  // Not every pipeline: of a thousand, each of which ends an image, that would be a million reads.
  const concerned = await following.updateSubjects.concerned(imageBuiltHere(madeBy(arn).name));
  await eachPipeline(following, concerned, async (record) => {
    const { pipeline: other } = record;
    if (normalisedName(other.name) === normalisedName(pipeline) || !(await mayBuildOn(following, record, arn))) return;
    const request = {
      imagePipelineName: other.name,
      clientToken: `dependency ${arn}`,
      trigger: 'dependency' as const,
      reasons: [`${image.name} ${image.version} is available`],
    };
    await requestBuild(following, request, lambda);
  });
}

/** The weekly rule: starts every enabled pipeline that has no schedule of its own. */
export async function defaultSchedule(
  following: Following,
  scheduledTime: string,
  lambda: Pick<Lambda, 'until'>,
): Promise<void> {
  await eachPipeline(following, await following.pipelines.names(), async ({ pipeline: { name, schedule, status } }) => {
    if (schedule !== undefined || status === 'DISABLED') return;
    const request = { imagePipelineName: name, trigger: 'schedule' as const, scheduledTime, reasons: [] };
    await requestBuild(following, request, lambda);
  });
}

/** Goes on past failures, and ends with the first. */
export async function eachPipeline(
  { pipelines }: Pick<Following, 'pipelines'>,
  names: string[],
  work: (record: PipelineRecord) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  await atOnce(together, names, async (name) => {
    try {
      const record = await pipelines.find(name);
      if (record) await work(record);
    } catch (error) {
      failures.push(error);
    }
  });
  // The others are done, and doing them again changes nothing.
  if (failures.length > 0) throw failures[0];
}

/** Image Builder's autoDisablePolicy: scheduled builds that fail one after the other; any success ends the row. */
async function judgeHealth(following: Following, image: ImageRecord): Promise<void> {
  const { health, pipelines, notices } = following;
  const { status } = image.state;
  const name = image.sourcePipelineName;
  if (status === 'AVAILABLE' && !image.distributionOf) await health.count(name, image, 'success');
  if (status !== 'FAILED' || image.trigger !== 'schedule') return;
  await health.count(name, image, 'failure');
  const failures = await health.failures(name);
  const registered = await pipelines.find(name);
  const schedule = registered?.pipeline.schedule;
  const most = schedule === undefined || schedule === 'manual' ? undefined : schedule.autoDisablePolicy?.failureCount;
  if (!registered || most === undefined || failures < most || registered.pipeline.status === 'DISABLED') return;
  // The event first: said twice after a crash rather than never.
  await notices.putEvent({
    detailType: 'EC2 Image Builder Image Pipeline Automatically Disabled',
    resources: [image.sourcePipelineArn],
    detail: { 'consecutive-failures': String(failures) },
  });
  await pipelines.disable(name, registered.hash, `${failures} scheduled builds failed one after the other`);
}

/** False for a pipeline whose recipe is gone: there is nothing that it could build on. */
async function mayBuildOn(following: Following, record: PipelineRecord, image: string): Promise<boolean> {
  const resolved = await resolvePipeline(following, record).catch(unlessGone);
  return resolved !== undefined && buildsOn(resolved.pipeline, madeBy(image));
}

export function unlessGone(error: unknown): undefined {
  if (!(error instanceof NotFoundError)) throw error;
  return undefined;
}
