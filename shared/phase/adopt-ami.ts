// Gives the AMI that a failed image keeps to the image that retries it: at any time exactly one of the two owns it.
import type { AmisAt } from '../aws/amis.ts';
import type { AmiView } from '../build/ami.ts';
import { entryKey, type Ledger } from '../build/ledger.ts';
import { ownerFilters } from '../build/resource-tags.ts';
import { isRetained } from '../build/retention.ts';
import { ownSnapshots } from '../build/snapshots.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import { imageTag } from '../model/tags.ts';
import type { Ledgers } from '../store/ledgers.ts';

export type Adopting = { ledgers: Ledgers; amis: AmisAt; stackId: string; now(): number };

/** The ledger entry of the AMI that is kept. */
export const keptKey = entryKey('SnapshotAmi', 0, 0);
const key = keptKey;

/** What a ledger has given to `image`; undefined where it has not. */
export function givenTo(image: string, { entries }: Ledger): { id: string; region: string } | undefined {
  const { id, region, transferred } = entries[key] ?? {};
  return id && region && transferred === image ? { id, region } : undefined;
}

/** What a failed image keeps for a retry; NotFoundError says why there is nothing (any more), and how to get it. */
export function retainedAmi(image: string, ledger: Ledger, now: number): { id: string; region: string } {
  const entry = ledger.entries[key];
  if (entry?.id && isRetained(entry, now)) return { id: entry.id, region: entry.region };
  if (entry?.transferred)
    throw new NotFoundError(`The AMI of ${image} belongs to ${entry.transferred} by now: retry that one.`);
  if (entry?.keepUntil !== undefined)
    throw new NotFoundError(
      `The AMI of ${image} was kept until ${new Date(entry.keepUntil).toISOString()} and is released: build again.`,
    );
  throw new NotFoundError(
    `${image} keeps no AMI that could be tried again. Set retainForRetry: <hours> in its pipeline: from the next build on, the tested AMI of one that fails in test, distribution or publishing is kept for as long.`,
  );
}

/** The AMI that `image` is to go on from: its own by now, or else that which `from` keeps. */
export async function findAdoptable({ ledgers, amis, now }: Adopting, image: string, from: string): Promise<AmiView> {
  const theirs = await ledgers.read(from);
  const { id, region } = givenTo(image, theirs) ?? retainedAmi(from, theirs, now());
  const ami = await amis(region).find(id);
  if (ami?.state === 'available') return ami;
  throw new NotFoundError(
    `AMI ${id} in ${region}, which ${from} keeps for a retry, is ${ami?.state ?? 'gone'}: somebody else ended it. Build again.`,
  );
}

/**
 * Intention in the own ledger, transfer in the other (the write that decides), id in the own, tags. Safe to call again.
 * A crash after the transfer leaves an entry without an id: who releases it looks into the other ledger.
 */
export async function adoptAmi(
  adopting: Adopting,
  { image, from, region, until }: { image: string; from: string; region: string; until: number },
): Promise<void> {
  const { ledgers, now } = adopting;
  const known = (await ledgers.read(image)).entries[key];
  const since = known?.since ?? now();
  if (!known?.id) {
    await ledgers.note(image, key, { kind: 'image', region, token: from, since, until, adopts: from });
    const given = await ledgers.transfer(from, key, image, now());
    if (!given) {
      retainedAmi(from, await ledgers.read(from), now());
      throw new NotFoundError(`The AMI of ${from} could not be taken over: retry again.`);
    }
    if (!(await ledgers.add(image, key, { id: given.id!, token: given.token })))
      throw new CancelledError(`The build of ${image} has ended while it took over AMI ${given.id}.`);
  }
  await retag(adopting, image, from, region);
}

/** The AMI and its snapshots carry the tags of the image that made them; from now on those of the one that owns them. */
async function retag({ ledgers, amis, stackId }: Adopting, image: string, from: string, region: string): Promise<void> {
  const { id } = (await ledgers.read(image)).entries[key]!;
  const ami = await amis(region).find(id!);
  if (!ami || ami.tags[imageTag] === image) return;
  const tagged = await amis(region).snapshotsOf(ownerFilters({ stackId, image: from, entry: key }));
  const snapshots = ownSnapshots(tagged, id, [ami]).map((snapshot) => snapshot.id);
  // The AMI last: its tag says that all is done.
  if (snapshots.length > 0) await amis(region).tag(snapshots, { [imageTag]: image });
  await amis(region).tag([id!], { [imageTag]: image });
}
