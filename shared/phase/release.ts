// Releases what a closed ledger still holds: idempotent, goes on past failures, says what is left.
import type { Amis } from '../aws/amis.ts';
import type { Commands } from '../aws/commands.ts';
import type { Instances } from '../aws/instances.ts';
import { type Entry, isPublished, type Ledger, type Target, unreleased } from '../build/ledger.ts';
import { retriedErrors } from '../build/outcome.ts';
import { permissionChange, permissionTexts } from '../build/publication.ts';
import { ownerFilters } from '../build/resource-tags.ts';
import { NotReadyError } from '../errors.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Waits } from '../store/waits.ts';
import { isoTime } from './timeline.ts';

export type Releasing = {
  ledgers: Ledgers;
  waits: Waits;
  instances(region: string): Instances;
  amis(region: string): Amis;
  commands: Commands;
  now(): number;
};

// What is to be ended is looked at first: rights that hang on our tag are refused for what is not there.

/** What could not be released yet: `again` is true where a later try may succeed. */
export type Leftover = { kind: string; name: string; region: string; said: string; again: boolean };

/** Milliseconds for which "not found" may only mean "not visible yet": EC2 is eventually consistent (EC2 API reference, eventual consistency). */
const visibility = 3 * 60_000;

/** Milliseconds after the closing for which a later try is worth it; longer than any intention and its visibility last. */
const patience = 6 * 60_000;

/** Releases every entry of a closed ledger but those kept and those that `spare` names; goes on past failures and answers what is left. */
export async function releaseAll(
  releasing: Releasing,
  image: string,
  ledger: Ledger,
  spare: (key: string) => boolean,
): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  const patient = releasing.now() < Date.parse(ledger.closed!) + patience;
  const trying = async (thing: Omit<Leftover, 'said' | 'again'>, act: () => Promise<void>) => {
    try {
      await act();
    } catch (error) {
      const { name, message } = error as Error;
      leftovers.push({ ...thing, said: message, again: patient && retriedErrors.includes(name) });
    }
  };
  for (const target of isPublished(ledger) ? [] : (ledger.publication?.targets ?? []))
    await trying({ kind: target.kind, name: target.id, region: target.region }, () => undo(releasing, target));
  for (const [key, entry] of unreleased(ledger)) {
    if (spare(key)) continue;
    await trying({ kind: entry.kind, name: entry.id ?? key, region: entry.region }, async () => {
      await release[entry.kind](releasing, image, key, entry, ledger);
      await releasing.ledgers.release(image, key, isoTime(releasing));
    });
  }
  return leftovers;
}

/** Puts a target back to what it was, where it still holds our value. */
async function undo({ amis }: Releasing, { region, id, before, after }: Target): Promise<void> {
  if ((await amis(region).find(id))?.state !== 'available') return;
  const present = permissionTexts(await amis(region).launchPermissions(id));
  if (present.join() !== after.join()) return;
  const change = permissionChange(after, before);
  if (change) await amis(region).changeLaunchPermissions(id, change);
}

type Release = (releasing: Releasing, image: string, key: string, entry: Entry, ledger: Ledger) => Promise<void>;

function assertSettled({ until, token }: Entry, now: number): void {
  if (now > until) return;
  throw new NotReadyError(`It may still be made (${token}) until ${new Date(until).toISOString()}.`);
}

/** Throws while "not found" proves nothing: what was made last was made before `until`. */
function assertVisible({ until }: Entry, now: number, what: string): void {
  if (now - until < visibility) throw new NotReadyError(`${what} may not be visible yet.`);
}

const releaseInstance: Release = async ({ instances, now }, _image, _key, entry) => {
  const region = instances(entry.region);
  if (entry.id) {
    if (await region.find(entry.id)) await region.terminate(entry.id);
    else if (!entry.dead) assertVisible(entry, now(), `Instance ${entry.id}`);
    return;
  }
  if (entry.dead) return;
  assertSettled(entry, now());
  const found = await region.findByToken(entry.token);
  if (found.length === 0) assertVisible(entry, now(), `An instance of client token ${entry.token}`);
  for (const { id, state } of found) if (state !== 'terminated') await region.terminate(id);
};

/**
 * An AMI that is no longer pending shows all that was made for it. One that was deregistered while pending may get its
 * snapshots later, and one that is not shown may still come: there, only time tells.
 */
const releaseAmi: Release = async ({ amis, now }, image, key, entry) => {
  const region = amis(entry.region);
  const filters = ownerFilters({ image, entry: key });
  if (!entry.id) assertSettled(entry, now());
  const known = entry.id ? await region.find(entry.id) : undefined;
  const found = known ? [known] : await region.findOwned(filters);
  for (const { id } of found) await region.deregister(id);
  const snapshots = await region.snapshotsOf(filters);
  for (const id of snapshots) await region.deleteSnapshot(id);
  const incomplete = found.some(({ state }) => state === 'pending' || state === 'deregistered');
  if (found.length === 0 || (incomplete && snapshots.length === 0))
    assertVisible(entry, now(), `The AMI ${entry.id ?? `of ${key}`}, or a snapshot of it,`);
};

/** A command ends with its instance; it is cancelled where the instance may live on. */
const releaseCommand: Release = async ({ commands, waits }, _image, _key, entry, ledger) => {
  if (!entry.id || isPublished(ledger)) return;
  const wait = (await waits.of(entry.instanceId!)).find(({ wanted }) => wanted === `command#${entry.id}`);
  if (wait?.result) return;
  await commands.cancel(entry.id, entry.instanceId!);
};

const release: Record<Entry['kind'], Release> = {
  instance: releaseInstance,
  image: releaseAmi,
  copy: releaseAmi,
  command: releaseCommand,
};
