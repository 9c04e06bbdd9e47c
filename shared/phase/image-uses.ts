// Looks up what uses images as a whole: the channels of their names, and the other images.
import { type ChannelUse, usesOfImages } from '../build/lifecycle-use.ts';
import { type ImageRecord, isUnderWay } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Images } from '../store/images.ts';
import { atOnce } from './at-once.ts';

export type UsingImages = {
  images: Images;
  /** The channels of an image name, each with the image that it leads to. */
  channelsOf(name: string): Promise<ChannelUse[]>;
};

const together = 8;

/** `all`: every image that is known. Channels are asked for the names of `asked` only. */
export async function imageUses(
  { channelsOf }: UsingImages,
  all: ImageRecord[],
  asked: ImageRecord[],
): Promise<Map<string, string[]>> {
  const channels: ChannelUse[] = [];
  const names = new Set(asked.map(({ name }) => normalisedName(name)));
  await atOnce(together, names, async (name) => void channels.push(...(await channelsOf(name))));
  return usesOfImages(all, channels);
}

/** The images as they are now: those that have been begun since, and those that were under way, which may know their parent by now. */
export async function refreshed({ images }: UsingImages, all: ImageRecord[]): Promise<ImageRecord[]> {
  const newest = all.reduce((latest, { dateCreated }) => (dateCreated > latest ? dateCreated : latest), '');
  const known = new Map(all.map((image) => [image.arn, image]));
  for await (const image of images.all()) {
    if (image.dateCreated < newest) break;
    known.set(image.arn, image);
  }
  const live = all.filter(({ state }) => isUnderWay(state.status));
  await atOnce(together, live, async ({ arn }) => {
    const image = await images.find(arn);
    if (image) known.set(arn, image);
  });
  return [...known.values()];
}
