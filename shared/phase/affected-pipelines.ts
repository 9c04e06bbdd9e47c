// Which pipelines news concerns: of packages in their newest image, of packages that they list, of their parent image.

import { atOnce } from '../at-once.ts';
import { type ImageStatus, isUnderWay, mayOwnResources } from '../model/image-record.ts';
import type { Inventory } from '../software/inventory.ts';
import { type ParentSource, parentSources } from '../software/parent-family.ts';
import { type PackageUpdate, updateReason, updateText } from '../software/update.ts';
import type { Updates } from '../software/update-message.ts';
import type { Images } from '../store/images.ts';
import type { Inventories } from '../store/inventories.ts';
import type { PipelineRecord, Pipelines } from '../store/pipelines.ts';
import type { PublishedImages } from '../store/published-images.ts';
import { anyPackage, type UpdateSubjects } from '../store/update-subjects.ts';

export type Deciding = {
  images: Images;
  inventories: Inventories;
  pipelines: Pipelines;
  publishedImages: PublishedImages;
  updateSubjects: UpdateSubjects;
};

/** Pipelines that are looked at at the same time. */
const together = 8;

/** Why each pipeline should build, by its name; pipelines that are DISABLED are not looked at. */
export async function affectedPipelines(
  deciding: Deciding,
  { packages, parents }: Updates,
): Promise<Map<string, string[]>> {
  const { updateSubjects } = deciding;
  const reasons = new Map<string, string[]>();
  const decide = decisions(deciding);
  const hold = async (pipelineNames: Iterable<string>, why: (candidate: Candidate) => string | undefined) => {
    await atOnce(together, new Set(pipelineNames), async (pipelineName) => {
      const candidate = await decide(pipelineName);
      const reason = candidate && why(candidate);
      if (reason) reasons.set(pipelineName, [...(reasons.get(pipelineName) ?? []), reason]);
    });
  };
  const anything = packages.length > 0 ? await updateSubjects.concerned(anyPackage) : [];
  for (const update of packages) {
    const named = await updateSubjects.concerned(`package#${update.package}`);
    await hold([...named, ...anything], (candidate) => packageReason(candidate, update));
  }
  for (const source of parents)
    await hold(await updateSubjects.concerned(`parent-image#${source}`), (candidate) =>
      parentReason(candidate, source),
    );
  return reasons;
}

type Candidate = {
  record: PipelineRecord;
  /** Of the newest available image, and of newer ones that may become available; undefined where it is not known. */
  contents: (Inventory | undefined)[];
};

/** Looks a pipeline up once a message; undefined where none is registered any more, or it is disabled. */
function decisions(deciding: Deciding) {
  const known = new Map<string, Promise<Candidate | undefined>>();
  const look = async (pipelineName: string): Promise<Candidate | undefined> => {
    const record = await deciding.pipelines.find(pipelineName);
    if (!record || record.pipeline.status === 'DISABLED') return undefined;
    return { record, contents: await contentsOf(deciding, pipelineName) };
  };
  return (pipelineName: string) => {
    const found = known.get(pipelineName) ?? look(pipelineName);
    known.set(pipelineName, found);
    return found;
  };
}

/** Undefined for an image whose record is gone. */
async function statusOf(images: Images, arn: string): Promise<ImageStatus | undefined> {
  try {
    return (await images.read(arn)).state.status;
  } catch (error) {
    if ((error as Error).name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** Images that are looked at until one is available. */
const mostImages = 10;

async function contentsOf(
  { publishedImages, images, inventories }: Deciding,
  pipelineName: string,
): Promise<(Inventory | undefined)[]> {
  const contents: (Inventory | undefined)[] = [];
  const newest = await publishedImages.newest(pipelineName, mostImages);
  for (const arn of newest) {
    const status = await statusOf(images, arn);
    if (status === undefined || !mayOwnResources(status)) continue;
    contents.push(await inventories.find(arn));
    if (!isUnderWay(status)) return contents;
  }
  if (newest.length === mostImages) contents.push(undefined);
  return contents;
}

function packageReason({ record, contents }: Candidate, update: PackageUpdate): string | undefined {
  if (record.pipeline.packageUpdates?.includes(update.package))
    return `package update ${updateText(update)}; the pipeline lists it under packageUpdates`;
  for (const inventory of contents) {
    const reason = updateReason(inventory, update);
    if (reason) return reason;
  }
  return undefined;
}

function parentReason({ record }: Candidate, source: ParentSource): string | undefined {
  const { imageRecipe } = record.pipeline;
  // Of a registered recipe the list of who waits for what tells, made when the pipeline was registered.
  const waits = typeof imageRecipe === 'string' || parentSources(imageRecipe.parentImage).includes(source);
  return waits ? `parent image update ${source}` : undefined;
}
