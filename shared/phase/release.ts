// Releases what a closed ledger still holds: idempotent, goes on past failures, says what is left.
import type { Amis, Filter } from '../aws/amis.ts';
import type { Commands } from '../aws/commands.ts';
import type { Exports } from '../aws/exports.ts';
import type { Instances } from '../aws/instances.ts';
import { type Entry, isPublished, type Ledger, unreleased } from '../build/ledger.ts';
import { retriedErrors } from '../build/outcome.ts';
import { ownerFilters } from '../build/resource-tags.ts';
import { ownSnapshots } from '../build/snapshots.ts';
import { actingUntil, type Target } from '../build/target.ts';
import { NotReadyError, UnprovenError } from '../errors.ts';
import { entryTag, imageTag, stackTag } from '../model/tags.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Waits } from '../store/waits.ts';
import { type CopyQueue, copyOf, destinationOf } from './copy-slot.ts';
import type { Reach } from './publication/kind.ts';
import { shownBy, undoTarget } from './publication/target-kinds.ts';
import { assertUnpublished } from './published-mark.ts';
import { withdraw } from './share-source.ts';
import { isoTime } from './timeline.ts';

export type Releasing = Reach & {
  ledgers: Ledgers;
  waits: Waits;
  instances(region: string): Instances;
  commands: Commands;
  copyQueue: CopyQueue;
  accountId: string;
  exports(region: string): Exports;
  now(): number;
};

// What is to be ended is looked at first: rights that hang on our tag are refused for what is not there.

/** `account`: absent for the stack's own. */
type Place = { region: string; account?: string | undefined };

/** What could not be released yet: `again` is true where a later try may succeed, `unproven` where nothing shows any more and only time is missing. */
export type Leftover = Place & { kind: string; name: string; said: string; again: boolean; unproven: boolean };

/** Milliseconds for which "not found" may only mean "not visible yet": EC2 is eventually consistent (EC2 API reference, eventual consistency). */
const visibility = 3 * 60_000;

/** Milliseconds after the closing for which a later try is worth it; longer than any intention and its visibility last. */
const patience = 6 * 60_000;

const placeOf = ({ region, account }: Place): Place => ({ region, ...(account && { account }) });

const thingOf = (key: string, entry: Entry) => ({ kind: entry.kind, name: entry.id ?? key, ...placeOf(entry) });
const isCommand = ([, { kind }]: [key: string, entry: Entry]) => kind === 'command';

/** Releases every entry of a closed ledger but those kept and those that `spare` names; goes on past failures and answers what is left. */
export async function releaseAll(
  releasing: Releasing,
  image: string,
  ledger: Ledger,
  spare: (key: string) => boolean,
): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  const patient = releasing.now() < Date.parse(ledger.closed!) + patience;
  const trying = async (thing: Pick<Leftover, 'kind' | 'name' | 'region'>, act: () => Promise<void>) => {
    try {
      await act();
      return undefined;
    } catch (error) {
      const { name, message } = error as Error;
      const again = patient && retriedErrors.includes(name);
      const leftover = { ...thing, said: message, again, unproven: error instanceof UnprovenError };
      leftovers.push(leftover);
      return leftover;
    }
  };
  /** What consumers still reach, by the target that was not put back. */
  const shown = new Map<string, Leftover>();
  /** Adds a thing that has to wait until nothing names its AMI any more. */
  const stays = (thing: Pick<Leftover, 'kind' | 'name' | 'region'>, by: Leftover) => {
    const { again, unproven } = by;
    leftovers.push({ ...thing, said: `It stays for as long as ${by.kind} ${by.name} may name it.`, again, unproven });
  };
  // What names an AMI before who may use it: who is led to one can launch it, to the last.
  for (const target of unsettled(ledger).toReversed()) {
    const undoes = { image, ...lastActs(ledger), now: releasing.now() };
    const thing = { kind: target.kind, name: target.id, ...placeOf(target) };
    const by = shown.get(target.id);
    if (by?.account !== undefined) {
      stays(thing, by);
      continue;
    }
    const leftover = await trying(thing, () => undoTarget(releasing, target, undoes));
    if (leftover) for (const ami of shownBy(target)) shown.set(ami, leftover);
  }
  const held = unreleased(ledger).filter(([key]) => !spare(key));
  const ended: [key: string, entry: Entry][] = [];
  for (const [key, entry] of held.filter(isCommand))
    await trying(thingOf(key, entry), async () => {
      await releaseCommand(releasing, image, key, entry, ledger);
      ended.push([key, entry]);
    });
  // Most of what a build noted, and nothing is lost where it is done again: one write for all.
  if (ended.length > 0) {
    const keys = ended.map(([key]) => key);
    const written = releasing.ledgers.release(image, keys, isoTime(releasing));
    for (const [key, entry] of ended) await trying(thingOf(key, entry), () => written);
  }
  for (const [key, entry] of held) {
    if (isCommand([key, entry])) continue;
    const by = shown.get(entry.id ?? '');
    if (by) {
      stays({ kind: entry.kind, name: entry.id!, ...placeOf(entry) }, by);
      continue;
    }
    // Its time is over: from this write on nobody can take it over.
    if (entry.keepUntil !== undefined && !(await releasing.ledgers.expire(image, key, isoTime(releasing)))) continue;
    await trying(thingOf(key, entry), async () => {
      await release[entry.kind](releasing, image, key, entry, ledger);
      await releasing.ledgers.release(image, [key], isoTime(releasing));
    });
  }
  return leftovers;
}

/** The targets that may hold our value though nothing was committed. */
const unsettled = (ledger: Ledger): Target[] => {
  if (isPublished(ledger) || !ledger.publication) return [];
  const { targets, acting } = ledger.publication;
  return acting ? targets.filter(({ tried }) => tried) : targets;
};

/** When the last function could act, and when the last act was. */
function lastActs({ publication, closed }: Ledger): { acting: number; quiet: number } {
  const acting = actingUntil(publication!);
  return { acting, quiet: Math.max(acting, Date.parse(closed!)) };
}

type Release = (releasing: Releasing, image: string, key: string, entry: Entry, ledger: Ledger) => Promise<void>;

function assertSettled({ until, token }: Entry, now: number): void {
  if (now > until) return;
  throw new NotReadyError(`It may still be made (${token}) until ${new Date(until).toISOString()}.`);
}

/** Throws while "not found" proves nothing: what was made last was made before `until`. */
function assertVisible({ until }: Entry, now: number, what: string): void {
  if (now - until < visibility) throw new UnprovenError(`${what} may not be visible yet.`);
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

const known = async (region: Amis, id: string) => [await region.find(id)].filter((ami) => ami !== undefined);

/** A copy that a user makes may have our tags, but not our name: a name is unique in its account and region. */
const ofName = async (region: Amis, filters: Filter[], name: string) =>
  (await region.findOwned(filters)).filter((ami) => ami.name === name);

/**
 * An AMI that is no longer pending shows all that was made for it. One that was deregistered while pending may get its
 * snapshots later, and one that is not shown may still come: there, only time tells.
 */
const releaseAmi: Release = async (releasing, image, key, noted) => {
  const { amis, now, stackId } = releasing;
  if (!noted.id) assertSettled(noted, now());
  const entry = noted.adopts ? await adopted(releasing, image, key, noted) : noted;
  if (!entry) return;
  const region = amis(entry.region, entry.account);
  const filters = ownerFilters({ stackId, image, entry: key });
  const found = entry.id ? await known(region, entry.id) : await ofName(region, filters, entry.name ?? entry.token);
  const own = async () => {
    const tagged = await region.snapshotsOf(filters);
    const before = entry.adopts
      ? await region.snapshotsOf(ownerFilters({ stackId, image: entry.adopts, entry: key }))
      : [];
    return ownSnapshots([...tagged, ...before], entry.id, found);
  };
  for (const one of [...found, ...(await own())]) assertUnpublished(one, entry);
  for (const { id } of found) await region.deregister(id);
  const snapshots = await own();
  for (const { id } of snapshots) await region.deleteSnapshot(id);
  const incomplete = found.some(({ state }) => state === 'pending' || state === 'deregistered');
  if (found.length === 0 || (incomplete && snapshots.length === 0))
    assertVisible(entry, now(), `The AMI ${entry.id ?? `of ${key}`}, or a snapshot of it,`);
};

/** A copy leaves the queue at once; its slot is free when the copy is gone and can no longer be made. */
const releaseCopy: Release = async (releasing, image, key, entry, ledger) => {
  const { copyQueue } = releasing;
  const [to, copy] = [destinationOf(releasing, entry), copyOf(image, key)];
  const leave = async () => entry.queued && (await copyQueue.leave(to, { copy, asked: entry.queued.since }));
  const free = async () => {
    if (!entry.id) await leave();
    await copyQueue.free(to, copy);
  };
  if (!entry.id) await leave();
  try {
    await releaseAmi(releasing, image, key, entry, ledger);
  } catch (error) {
    // Nothing of it shows, and nobody can make it any more: others need not wait for the proof.
    if (error instanceof UnprovenError) await free();
    throw error;
  }
  await free();
};

/** An AMI that was to be taken over: of this image only where the other ledger says so. */
async function adopted({ ledgers }: Releasing, image: string, key: string, entry: Entry): Promise<Entry | undefined> {
  if (entry.id) return entry;
  const given = (await ledgers.find(entry.adopts!))?.entries[key];
  return given?.transferred === image ? { ...entry, id: given.id!, token: given.token } : undefined;
}

/** A command ends with its instance; it is cancelled where the instance may live on. */
const releaseCommand: Release = async ({ commands, waits }, _image, _key, entry, ledger) => {
  if (!entry.id || isPublished(ledger)) return;
  const wait = (await waits.of(entry.instanceId!)).find(({ wanted }) => wanted === `command#${entry.id}`);
  if (wait?.result) return;
  await commands.cancel(entry.id, entry.instanceId!);
};

/** The copies are there, or are being ended: nobody needs to read their source any more. */
const releaseSharing: Release = (releasing, _image, _key, entry, ledger) => withdraw(releasing, entry, ledger);

/** A task that is under way is cancelled, which takes away what it has written; the file of one that ended is deleted. */
const releaseExport: Release = async ({ exports, now, stackId }, image, key, entry) => {
  const region = exports(entry.region);
  if (!entry.id) assertSettled(entry, now());
  const task = entry.id
    ? await region.find(entry.id)
    : await region.findOwned({ [stackTag]: stackId, [imageTag]: image, [entryTag]: key });
  if (!task) return assertVisible(entry, now(), `The export task ${entry.id ?? `of ${key}`}`);
  if (task.status === 'active') return region.cancel(task.id);
  if (task.status === 'completed') await region.deleteFile(entry.object!, task.id);
};

const release: Record<Entry['kind'], Release> = {
  instance: releaseInstance,
  image: releaseAmi,
  copy: releaseCopy,
  command: releaseCommand,
  sharing: releaseSharing,
  export: releaseExport,
};
