// Makes the packages of an image known, so that updates of them find its pipeline.
import type { ImageRecord } from '../model/image-record.ts';
import type { Inventory } from '../software/inventory.ts';
import type { Inventories } from '../store/inventories.ts';
import type { PublishedImages } from '../store/published-images.ts';
import { anyPackage, type Subject, type UpdateSubjects } from '../store/update-subjects.ts';

export type Indexing = { inventories: Inventories; publishedImages: PublishedImages; updateSubjects: UpdateSubjects };

type Indexed = Pick<ImageRecord, 'arn' | 'sourcePipelineName' | 'dateCreated' | 'distributionOf'>;

function subjectsOf(inventory: Inventory | undefined): Set<Subject> {
  const subjects = new Set<Subject>();
  if (!inventory || inventory.partial) subjects.add(anyPackage);
  for (const { name, source = name } of inventory?.packages ?? [])
    subjects.add(`package#${name}`).add(`package#${source}`);
  return subjects;
}

/**
 * Adds what the image contains and the newest one so far does not, then puts it on the list of its pipeline. In this order, and before the
 * image is published: an update that comes meanwhile finds the pipeline, and all that is on the list is known. Safe to repeat. What was
 * distributed without a build is no newer image of its pipeline.
 */
export async function indexSoftware(
  { inventories, publishedImages, updateSubjects }: Indexing,
  { arn, sourcePipelineName, dateCreated, distributionOf }: Indexed,
): Promise<void> {
  if (distributionOf) return;
  const [newest] = await publishedImages.newest(sourcePipelineName, 1);
  if (newest === arn) return;
  const subjects = subjectsOf(await inventories.find(arn));
  const known = newest ? subjectsOf(await inventories.find(newest)) : new Set<Subject>();
  await updateSubjects.add(
    sourcePipelineName,
    [...subjects].filter((subject) => !known.has(subject)),
  );
  await publishedImages.add(sourcePipelineName, { arn, dateCreated });
}
