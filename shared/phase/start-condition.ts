// Whether a pipeline's start condition lets a build begin that nobody asked for by hand.
import { dependencyUpdates } from '../build/dependency-updates.ts';
import { isUnderWay } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Components } from '../store/components.ts';
import type { Images } from '../store/images.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import { ancestryNow } from './ancestry.ts';
import type { Resolving } from './resolve-parent.ts';

export type Judging = Resolving & { components: Components; home: { region: string } };

/** The reasons for and against a build; an error that is worth another try is thrown. */
export async function startCondition(
  judging: Judging,
  registered: ResolvedPipeline,
): Promise<{ start: boolean; reasons: string[] }> {
  const { schedule, name } = registered.pipeline;
  if (schedule !== 'manual' && schedule?.pipelineExecutionStartCondition === 'EXPRESSION_MATCH_ONLY')
    return { start: true, reasons: [] };
  const before = (await newestAvailable(judging.images, name))?.ancestry;
  try {
    const { region } = judging.home;
    const { changed, reasons } = dependencyUpdates(before, await ancestryNow(judging, registered, region, before));
    return { start: changed, reasons };
  } catch (error) {
    const { name: kind, message } = error as Error;
    if (kind !== 'NotFoundError' && kind !== 'InvalidRequestError') throw error;
    // The build fails the same way, and its record and topic tell those who are to know.
    return { start: true, reasons: [`what it is made of cannot be told: ${message}`.slice(0, 1024)] };
  }
}

/** The index is told of a change of status a moment later than the table. */
async function newestAvailable(images: Images, pipeline: string) {
  for await (const listed of images.all()) {
    if (normalisedName(listed.sourcePipelineName) !== normalisedName(pipeline)) continue;
    // A distribution is made of an image, not of what images are made of.
    if (listed.distributionOf) continue;
    const image = isUnderWay(listed.state.status) ? await images.read(listed.arn) : listed;
    if (image.state.status === 'AVAILABLE') return image;
  }
  return undefined;
}
