// Looks up what uses images as a whole: the channels of their names, and the other images.
import { type ChannelUse, type Start, usesOfImages } from '../build/lifecycle-use.ts';
import { isUnderWay, type ListedImage } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Images } from '../store/images.ts';
import type { Retirements } from '../store/retirements.ts';
import { atOnce } from './at-once.ts';

export type UsingImages = {
  images: Images;
  retirements: Pick<Retirements, 'users'>;
  /** The channels of an image name, each with the image that it leads to. */
  channelsOf(name: string): Promise<ChannelUse[]>;
};

const together = 8;

/** `all`: every image that is known. Channels are asked for the names of `asked` only. */
export async function imageUses(
  { channelsOf }: UsingImages,
  all: ListedImage[],
  asked: ListedImage[],
  starts: Start[] = [],
): Promise<Map<string, string[]>> {
  const channels: ChannelUse[] = [];
  const names = new Set(asked.map(({ name }) => normalisedName(name)));
  await atOnce(together, names, async (name) => void channels.push(...(await channelsOf(name))));
  return usesOfImages(all, channels, starts);
}

/**
 * The images as they are now: those that have been begun since, those that were under way, which may know their parent by now,
 * and those that were noted as starting from one of `asked`, whatever a late index says of them.
 */
export async function refreshed(
  { images, retirements }: UsingImages,
  all: ListedImage[],
  asked: string[],
): Promise<{ all: ListedImage[]; starts: Start[] }> {
  const newest = all.reduce((latest, { dateCreated }) => (dateCreated > latest ? dateCreated : latest), '');
  const known = new Map(all.map((image) => [image.arn, image]));
  for await (const image of images.all()) {
    if (image.dateCreated < newest) break;
    known.set(image.arn, image);
  }
  const starts: Start[] = [];
  await atOnce(together, asked, async (image) => {
    for (const by of await retirements.users(image)) starts.push({ image, by });
  });
  const live = [...known.values()].filter(({ state }) => isUnderWay(state.status)).map(({ arn }) => arn);
  await atOnce(together, new Set([...live, ...starts.map(({ by }) => by)]), async (arn) => {
    const image = await images.find(arn);
    if (image) known.set(arn, image);
  });
  return { all: [...known.values()], starts };
}
