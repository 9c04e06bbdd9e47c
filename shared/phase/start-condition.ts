// Whether a pipeline's start condition lets a build begin that nobody asked for by hand.
import { dependencyUpdates } from '../build/dependency-updates.ts';
import type { ImageRecord } from '../model/image-record.ts';
import type { Components } from '../store/components.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import type { PublishedImages } from '../store/published-images.ts';
import { ancestryNow } from './ancestry.ts';
import type { Resolving } from './resolve-parent.ts';

export type Judging = Resolving & {
  components: Components;
  publishedImages: PublishedImages;
  home: { region: string };
};

/** The reasons for and against a build; an error that is worth another try is thrown. */
export async function startCondition(
  judging: Judging,
  registered: ResolvedPipeline,
): Promise<{ start: boolean; reasons: string[] }> {
  const { schedule, name } = registered.pipeline;
  if (schedule !== 'manual' && schedule?.pipelineExecutionStartCondition === 'EXPRESSION_MATCH_ONLY')
    return { start: true, reasons: [] };
  const before = (await newestAvailable(judging, name))?.ancestry;
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

/** Images that are looked at until one is available: the newest of those that were about to be published are, but for what failed in that moment. */
const mostImages = 10;

/** By the pipeline's own list: the index of all images would be read as far as this pipeline's newest, by each of a thousand pipelines. */
async function newestAvailable(
  { images, publishedImages }: Judging,
  pipeline: string,
): Promise<ImageRecord | undefined> {
  for (const arn of await publishedImages.newest(pipeline, mostImages)) {
    const image = await images.find(arn);
    if (image?.state.status === 'AVAILABLE') return image;
  }
  return undefined;
}
