// The ledger of one build: everything it acquired, written down before it was acquired.
import type { Publication } from './target.ts';

/**
 * What can be acquired. A `copy` is an AMI in another region or account; both own snapshots. A `sharing` lets another account
 * read the source of its copy. An `export` is a task that writes a file to S3.
 */
export type EntryKind = 'instance' | 'image' | 'copy' | 'command' | 'sharing' | 'export';

export type Entry = {
  kind: EntryKind;
  region: string;
  /** The account it is in; absent: the stack's own. */
  account?: string;
  /** What finds it again if the answer was lost: client token, or AMI name; for sharings the account. */
  token: string;
  /** Epoch milliseconds of the first note: deadlines count from here. */
  since: number;
  /** Epoch milliseconds after which whoever noted the intention can no longer act on it. */
  until: number;
  id?: string;
  /** For copies: the name they get. An AMI's is its token. */
  name?: string;
  /** For copies: since when (epoch milliseconds) they want a slot, and how many snapshots they copy. */
  queued?: { since: number; snapshots: number };
  /** For sharings: the AMI and the snapshots that the account `token` could not read before. */
  granted?: string[];
  /** For commands: the instance it runs on. */
  instanceId?: string;
  /** Position in the plan's list of launch choices. */
  choice?: number;
  /** For exports: the object that the task writes. */
  object?: { bucket: string; prefix: string; format: string };
  /** For the builder: epoch milliseconds at which it was first asked to stop. */
  stopping?: number;
  /** Why it is no longer alive. */
  dead?: string;
  /** True once published (or asked to be kept): cleanup leaves it. */
  keep?: boolean;
  /** Kept for a time after a failure: epoch milliseconds after which the sweep releases it. */
  keepUntil?: number;
  /** ISO time from which it is being released, since its time is over: nobody can take it over any more. */
  expired?: string;
  /** The image that owns it from now on. */
  transferred?: string;
  /** The image whose AMI it was, and whose tags it may still carry. */
  adopts?: string;
  /** Its AMI was deleted by its lifecycle, without its snapshots. */
  snapshotsKept?: boolean;
  /** ISO time at which cleanup released it, or found it gone. */
  released?: string;
};

export type Ledger = {
  entries: Record<string, Entry>;
  /** The stack whose build it is: a table may be restored into another one. */
  stackId?: string;
  dateCreated?: string;
  closed?: string;
  /** ISO time at which nothing was left to release. */
  clean?: string;
  publication?: Publication;
};

/** `state#index#attempt`: attempt counts resources recorded dead, never Step Functions' retries. */
export const entryKey = (state: string, index: number, attempt: number) => `${state}#${index}#${attempt}`;

export function parseEntryKey(key: string): { state: string; index: number; attempt: number } {
  const [state, index, attempt] = key.split('#');
  return { state: state!, index: Number(index), attempt: Number(attempt) };
}

/** The newest entry of a state's item, dead or alive, with its key and attempt. */
export function newest(
  ledger: Ledger,
  state: string,
  index: number,
): { key: string; attempt: number; entry: Entry } | undefined {
  let found: { key: string; attempt: number; entry: Entry } | undefined;
  for (let attempt = 0; ; attempt++) {
    const key = entryKey(state, index, attempt);
    const entry = ledger.entries[key];
    if (!entry) return found;
    found = { key, attempt, entry };
  }
}

/** The id of the living resource of a state's item. */
export function living(ledger: Ledger, state: string, index = 0): string | undefined {
  const found = newest(ledger, state, index);
  return found && !found.entry.dead ? found.entry.id : undefined;
}

/** How many other resources of an entry's state and item were made and died. */
export function deathsBefore(ledger: Ledger, key: string): number {
  const { state, index } = parseEntryKey(key);
  return Object.entries(ledger.entries).filter(([other, { id, dead }]) => {
    const same = parseEntryKey(other);
    return other !== key && same.state === state && same.index === index && id && dead;
  }).length;
}

export const isPublished = (ledger: Ledger) => ledger.publication?.status === 'PUBLISHED';

/** The entries that cleanup still has to release, unless it keeps them for a time: commands, exports, sharings and copies before the AMI, the AMI before instances. */
export function unreleased(ledger: Ledger): [key: string, entry: Entry][] {
  const order: EntryKind[] = ['command', 'export', 'sharing', 'copy', 'image', 'instance'];
  return Object.entries(ledger.entries)
    .filter(([, entry]) => !entry.keep && !entry.released && !entry.transferred)
    .sort(([, a], [, b]) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
