// What is different in an image against the one before it, in one line.
import { type ImageRecord, isUnderWay, mayOwnResources } from '../model/image-record.ts';
import { differenceSummary, softwareDifference } from '../software/difference.ts';
import type { Images } from '../store/images.ts';
import type { Inventories } from '../store/inventories.ts';
import type { PublishedImages } from '../store/published-images.ts';

export type Comparing = { images: Images; inventories: Inventories; publishedImages: PublishedImages };

/** Images that are looked at until one is available. */
const mostImages = 10;

/** `Packages since 1.0.0/3: 3 upgraded, 1 added`; undefined for the first image, or where an inventory is missing or partial. */
export async function changesSince(
  { images, inventories, publishedImages }: Comparing,
  { arn, sourcePipelineName, dateCreated }: Pick<ImageRecord, 'arn' | 'sourcePipelineName' | 'dateCreated'>,
): Promise<string | undefined> {
  const after = await inventories.find(arn);
  if (!after || after.partial) return undefined;
  for (const earlier of await publishedImages.newest(sourcePipelineName, mostImages)) {
    if (earlier === arn) continue;
    const { state, version, dateCreated: date } = await images.read(earlier);
    if (date >= dateCreated || isUnderWay(state.status) || !mayOwnResources(state.status)) continue;
    const before = await inventories.find(earlier);
    if (!before || before.partial) return undefined;
    return `Packages since ${version}: ${differenceSummary(softwareDifference(before, after))}`;
  }
  return undefined;
}
