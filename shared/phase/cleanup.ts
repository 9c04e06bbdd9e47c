// Cleanup: closes the ledger so that nothing more can be acquired, then releases what it holds.
import type { Metrics } from '../aws/metrics.ts';
import { destinationText } from '../build/destinations.ts';
import { isPublished, type Ledger } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { isRetained, keeps, keptUntil } from '../build/retention.ts';
import { CleanupError, NotReadyError, UnprovenError } from '../errors.ts';
import type { Images } from '../store/images.ts';
import type { Plans } from '../store/plans.ts';
import { type Leftover, type Releasing, releaseAll } from './release.ts';
import { retainAmi } from './retain-ami.ts';
import { isoTime } from './timeline.ts';

export type CleaningUp = Releasing & { images: Images; plans: Plans; metrics: Metrics };

const leftoverText = ({ kind, name, said, ...place }: Leftover) =>
  `${kind} ${name} in ${destinationText(place)}: ${said}`;

/**
 * `failed`: not cancelled; only then is anything kept for a retry. Safe to call at any time, any number of times. NotReadyError asks to be called again (UnprovenError: nothing shows any more); CleanupError names what stays
 * behind by id and region, after it was written into the image's record and counted.
 */
export async function cleanup(cleaning: CleaningUp, image: string, failed = false): Promise<void> {
  const leftovers = await closeAndRelease(cleaning, image, failed);
  const later = leftovers.filter(({ again }) => again);
  if (later.length > 0) {
    const Unfinished = leftovers.every(({ unproven }) => unproven) ? UnprovenError : NotReadyError;
    throw new Unfinished(`Not released yet: ${later.map(leftoverText).join('; ')}`);
  }
  if (leftovers.length === 0) return;
  const text = `Cleanup could not release ${leftovers.map(leftoverText).join('; ')}`;
  await cleaning.images.note(image, [text]);
  cleaning.metrics.count('Leftovers', leftovers.length);
  throw new CleanupError(text);
}

/** What a failed build keeps: what is kept for a time until that is over, and instances for inspection where its pipeline asked for them. */
export function spared(plan: Plan | undefined, ledger: Ledger, now: number): (key: string) => boolean {
  const inspect = plan?.infrastructure.terminateInstanceOnFailure === false && !isPublished(ledger);
  return (key) => {
    const entry = ledger.entries[key]!;
    if (entry.keepUntil !== undefined) return isRetained(entry, now);
    return inspect && entry.kind === 'instance' && entry.id !== undefined && !entry.dead;
  };
}

/** Closes the ledger, releases what it owns, and writes what is left into the image's record. */
export async function closeAndRelease(cleaning: CleaningUp, image: string, failed: boolean): Promise<Leftover[]> {
  const at = isoTime(cleaning);
  const closed = await cleaning.ledgers.close(image, at);
  const begun = await cleaning.images.begin(image, 'Cleanup', { state: 'Cleanup', started: at });
  const plan = await cleaning.plans.find(image);
  const ledger = await retainAmi(cleaning, image, { ledger: closed, plan, failed });
  const spare = spared(plan, ledger, cleaning.now());
  const leftovers = await releaseAll(cleaning, image, ledger, spare);
  const kept = Object.keys(ledger.entries).filter(spare);
  const inspected = kept.filter((key) => ledger.entries[key]!.kind === 'instance');
  for (const key of inspected)
    await keepInstance(cleaning, image, { ledger, key, hours: plan?.infrastructure.keepFor });
  if (leftovers.length > 0)
    await cleaning.images.leave(
      image,
      leftovers.map(({ kind, name, region, account, said }) => ({
        kind,
        id: name,
        region,
        ...(account && { account }),
        reason: said,
      })),
    );
  else {
    // The record before the ledger: what is done again is done for as long as the ledger is not clean.
    await cleaning.images.cleaned(image, { ...begun, ended: isoTime(cleaning) });
    if (!(await keepsForNow(cleaning, image))) await cleaning.ledgers.clean(image, isoTime(cleaning));
  }
  return leftovers;
}

/** A ledger that keeps something for a time stays on the sweep's list. */
async function keepsForNow({ ledgers, now }: CleaningUp, image: string): Promise<boolean> {
  return keeps(await ledgers.read(image), now());
}

type Kept = { ledger: Ledger; key: string; hours: number | undefined };

async function keepInstance({ images, ledgers, now }: CleaningUp, image: string, { ledger, key, hours }: Kept) {
  const { id, region, keep, released, keepUntil } = ledger.entries[key]!;
  if (keep || released) return;
  const left = `Instance ${id} in ${region} is left for inspection (terminateInstanceOnFailure: false): start it if it is stopped`;
  if (hours === undefined) {
    await images.note(image, [`${left}, and terminate it yourself.`]);
    await ledgers.keep(image, key);
    return;
  }
  const until = keepUntil ?? keptUntil(now(), hours);
  if (!(await ledgers.retain(image, key, until))) return;
  const end = (await ledgers.read(image)).entries[key]!.keepUntil!;
  await images.note(image, [`${left}; the sweep ends it after ${new Date(end).toISOString()} (keepFor).`]);
}
