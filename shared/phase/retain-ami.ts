// Keeps the tested AMI of a build that failed, where its pipeline asks for it: `retry` goes on from it.
import type { AmisAt } from '../aws/amis.ts';
import { entryKey, isPublished, type Ledger } from '../build/ledger.ts';
import type { Plan } from '../build/plan.ts';
import { keptUntil } from '../build/retention.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import { isoTime } from './timeline.ts';

export type Retaining = { images: Images; ledgers: Ledgers; amis: AmisAt; now(): number };

const key = entryKey('SnapshotAmi', 0, 0);

/**
 * Of a closed ledger, before its release: answers it as it then stands. Only an AMI that is available is kept, so the
 * build itself had succeeded. What was decided once stands, whoever asks again.
 */
export async function retainAmi(
  retaining: Retaining,
  image: string,
  { ledger, plan, failed }: { ledger: Ledger; plan: Plan | undefined; failed: boolean },
): Promise<Ledger> {
  const { images, ledgers, now } = retaining;
  const entry = ledger.entries[key];
  if (!plan?.retainForRetry || !entry?.id || isPublished(ledger)) return ledger;
  if (entry.keep || entry.released || entry.expired || entry.transferred) return ledger;
  const { id, region } = entry;
  let until = entry.keepUntil;
  if (until === undefined) {
    if (!failed || (await retaining.amis(region).find(id))?.state !== 'available') return ledger;
    until = keptUntil(now(), plan.retainForRetry);
    if (!(await ledgers.retain(image, key, until))) return ledgers.read(image);
  }
  const retained = { region, image: id, until: isoTime({ now: () => until }) };
  await images.retain(image, retained);
  await images.note(image, [
    `AMI ${id} in ${region} is kept until ${retained.until} (retainForRetry): \`image-builder retry\` tests and publishes it without another build.`,
  ]);
  return ledgers.read(image);
}
