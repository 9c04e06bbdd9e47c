// What is set once an image is published: what no consumer sees, and what would have been in the way of undoing.
import { deprecationDate } from '../build/deprecation.ts';
import { retriedErrors } from '../build/outcome.ts';
import type { PlannedDistribution } from '../build/plan.ts';
import { ownerFilters } from '../build/resource-tags.ts';
import { ownSnapshots } from '../build/snapshots.ts';
import { publishedTag } from '../model/tags.ts';
import type { Images } from '../store/images.ts';
import type { Reach } from './publication/kind.ts';
import type { Output } from './publication/targets.ts';

export type Settling = Reach & { images: Images };

/** Marks what was published on the resources themselves, so that no table of another day can have it deleted. */
export async function mark({ amis: at, stackId }: Reach, { key, id, region, account }: Output, image: string) {
  const amis = at(region, account);
  const ami = await amis.find(id);
  if (ami && publishedTag in ami.tags) return;
  const tagged = await amis.snapshotsOf(ownerFilters({ stackId, image, entry: key }));
  const snapshots = ownSnapshots(tagged, id, ami ? [ami] : []);
  await amis.tag([id, ...snapshots.map((snapshot) => snapshot.id)], { [publishedTag]: 'true' });
}

/** Deprecation date and deregistration protection of one output. Safe to repeat. What AWS refuses for good is a note: the image is published. */
export async function retire(
  { amiSettings, images }: Settling,
  { id, region, account }: Output,
  { deprecateAfter, deregistrationProtection }: PlannedDistribution,
  { image, began }: { image: string; began: string },
): Promise<void> {
  const settings = amiSettings(region, account);
  const orNote = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      const { name, message } = error as Error;
      if (retriedErrors.includes(name)) throw error;
      await images.note(image, [`${message} The image is published all the same; set it by hand.`]);
    }
  };
  if (deprecateAfter) await orNote(() => settings.deprecate(id, deprecationDate(began, deprecateAfter)));
  if (deregistrationProtection?.enabled)
    await orNote(() => settings.protect(id, deregistrationProtection.withCooldown));
}
