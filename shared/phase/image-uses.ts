// Looks up what uses images as a whole: the channels of their names, the other images, and builds that publish in their place.

import { atOnce } from '../at-once.ts';
import { isPublished } from '../build/ledger.ts';
import { type ChannelUse, type Former, type Start, usesOfImages } from '../build/lifecycle-use.ts';
import type { Target } from '../build/target.ts';
import { isUnderWay, type ListedImage, mayOwnResources } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Retirements } from '../store/retirements.ts';

export type UsingImages = {
  images: Images;
  ledgers: Pick<Ledgers, 'find' | 'unsettled'>;
  now(): number;
  retirements: Pick<Retirements, 'users'>;
  /** The channels of an image name, each with the image that it leads to. */
  channelsOf(name: string): Promise<ChannelUse[]>;
};

const together = 8;

/** `all`: every image that is known. Channels are asked for the names of `asked` only. */
export async function imageUses(
  using: UsingImages,
  all: ListedImage[],
  asked: ListedImage[],
  starts: Start[] = [],
): Promise<Map<string, string[]>> {
  const channels: ChannelUse[] = [];
  const names = new Set(asked.map(({ name }) => normalisedName(name)));
  await atOnce(together, names, async (name) => void channels.push(...(await using.channelsOf(name))));
  return usesOfImages(all, channels, starts, asked.length > 0 ? await formersOf(using, all) : []);
}

/** Milliseconds after the end of a build in which a look at what consumers see may be from before it had put that back. */
const lookBack = 15 * 60_000;

/** `all` is to be later than the look at what uses AMIs: what a build has put back since is told by the build. */
async function formersOf({ ledgers, now }: UsingImages, all: ListedImage[]): Promise<Former[]> {
  const isRecent = ({ dateEnded }: ListedImage) => dateEnded === undefined || now() - Date.parse(dateEnded) < lookBack;
  const builds = new Set(all.filter((image) => !isAvailable(image) && isRecent(image)).map(({ arn }) => arn));
  // Those that have ended and could not put back what they had set.
  for await (const arn of ledgers.unsettled()) builds.add(arn);
  const formers: Former[] = [];
  await atOnce(together, builds, async (by) => {
    const ledger = await ledgers.find(by);
    if (!ledger?.publication || isPublished(ledger)) return;
    for (const ami of ledger.publication.targets.flatMap(formerAmis)) formers.push({ ami, by });
  });
  return formers;
}

const isAvailable = ({ state }: ListedImage) => !isUnderWay(state.status) && mayOwnResources(state.status);

function formerAmis(target: Target): string[] {
  if (target.kind === 'launchTemplate') return target.before.imageIds ?? [];
  return target.kind === 'ssmParameter' && target.before.value !== undefined ? [target.before.value] : [];
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
