// Cleanup: closes the ledger so that nothing more can be acquired, then releases what it holds.
import type { Metrics } from '../aws/metrics.ts';
import { isPublished, type Ledger } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { CleanupError, NotReadyError } from '../errors.ts';
import type { Images } from '../store/images.ts';
import type { Plans } from '../store/plans.ts';
import { type Leftover, type Releasing, releaseAll } from './release.ts';
import { isoTime } from './timeline.ts';

export type CleaningUp = Releasing & { images: Images; plans: Plans; metrics: Metrics };

const leftoverText = ({ kind, name, region, said }: Leftover) => `${kind} ${name} in ${region}: ${said}`;

/**
 * Safe to call at any time, any number of times. NotReadyError asks to be called again; CleanupError names what stays
 * behind by id and region, after it was written into the image's record and counted.
 */
export async function cleanup(cleaning: CleaningUp, image: string): Promise<void> {
  const leftovers = await closeAndRelease(cleaning, image);
  const later = leftovers.filter(({ again }) => again);
  if (later.length > 0) throw new NotReadyError(`Not released yet: ${later.map(leftoverText).join('; ')}`);
  if (leftovers.length === 0) return;
  const text = `Cleanup could not release ${leftovers.map(leftoverText).join('; ')}`;
  await cleaning.images.note(image, [text]);
  cleaning.metrics.count('Leftovers', leftovers.length);
  throw new CleanupError(text);
}

/** Which instances a failed build leaves for inspection, where its pipeline asked for it. */
export function spared(plan: Plan | undefined, ledger: Ledger): (key: string) => boolean {
  const inspect = plan?.infrastructure.terminateInstanceOnFailure === false && !isPublished(ledger);
  return (key) => {
    const { kind, id, dead } = ledger.entries[key]!;
    return inspect && kind === 'instance' && id !== undefined && !dead;
  };
}

/** Closes the ledger, releases what it owns, and writes what is left into the image's record. */
export async function closeAndRelease(cleaning: CleaningUp, image: string): Promise<Leftover[]> {
  const at = isoTime(cleaning);
  const ledger = await cleaning.ledgers.close(image, at);
  await cleaning.images.begin(image, 'Cleanup', { state: 'Cleanup', started: at });
  const plan = await cleaning.plans.find(image);
  const spare = spared(plan, ledger);
  const leftovers = await releaseAll(cleaning, image, ledger, spare);
  for (const key of Object.keys(ledger.entries).filter(spare)) await keepInstance(cleaning, image, ledger, key);
  await cleaning.images.leave(
    image,
    leftovers.map(({ kind, name, region, said }) => ({ kind, id: name, region, reason: said })),
  );
  if (leftovers.length === 0) {
    await cleaning.ledgers.clean(image, isoTime(cleaning));
    await cleaning.images.finish(image, 'Cleanup', { ended: isoTime(cleaning) });
  }
  return leftovers;
}

async function keepInstance({ images, ledgers }: CleaningUp, image: string, ledger: Ledger, key: string) {
  const { id, region, keep, released } = ledger.entries[key]!;
  if (keep || released) return;
  await images.note(image, [
    `Instance ${id} in ${region} is left for inspection (terminateInstanceOnFailure: false): start it if it is stopped, and terminate it yourself.`,
  ]);
  await ledgers.keep(image, key);
}
