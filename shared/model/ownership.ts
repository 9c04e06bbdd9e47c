// Whose a tagged resource is: of a live build, published, kept, about to be released, known to nobody, or of another stack.

/** What is found by its tags. `image` and `entry` are the tags that name the build and the ledger entry it was made for. */
export type TaggedResource = {
  kind: 'instance' | 'volume' | 'image' | 'snapshot' | 'parameter';
  id: string;
  region: string;
  /** Absent for the stack's own. */
  account?: string;
  state: string;
  /** Value of the stack tag. */
  stack?: string;
  image?: string;
  entry?: string;
  /** What it is a part of: for snapshots the AMIs that are made of it, for volumes the instance that has it. */
  of?: string[];
};

/** As much of a ledger as tells whose something is. */
export type LedgerView = {
  entries: Record<
    string,
    {
      id?: string;
      keep?: boolean;
      snapshotsKept?: boolean;
      released?: string;
      keepUntil?: number;
      expired?: string;
      transferred?: string;
    }
  >;
  closed?: string;
  stackId?: string;
  publication?: { status: string };
};

/**
 * `live`: its build may still run. `published`: part of a published image. `kept`: kept on purpose after a failure.
 * `leftover`: of a build that has ended, to be released. `orphan`: bears this stack's tag, and no ledger knows it. `foreign`: another stack's.
 */
export type Ownership = 'live' | 'published' | 'kept' | 'leftover' | 'orphan' | 'foreign';

/** Milliseconds for which something that was released may still be shown (EC2 is eventually consistent). */
const fading = 15 * 60_000;

/** `ledger`: of the image that the resource's tag names, in this stack's table; undefined where there is none. `now`: epoch milliseconds. */
export function ownership(
  resource: TaggedResource,
  ledger: LedgerView | undefined,
  { stackId, now }: { stackId: string; now: number },
): Ownership {
  if (resource.stack !== undefined && resource.stack !== stackId) return 'foreign';
  if (!ledger || (ledger.stackId !== undefined && ledger.stackId !== stackId)) return 'orphan';
  const published = ledger.publication?.status === 'PUBLISHED';
  if (resource.kind === 'parameter') return published ? 'published' : ledger.closed ? 'leftover' : 'live';
  const entry = Object.hasOwn(ledger.entries, resource.entry ?? '') ? ledger.entries[resource.entry!] : undefined;
  if (!entry) return 'orphan';
  if (resource.kind === 'snapshot' && entry.snapshotsKept && resource.of?.length === 0) return 'kept';
  const gone = entry.released !== undefined && now - Date.parse(entry.released) > fading;
  if (gone || !isOf(resource, entry.id, entry.keep === true)) return 'orphan';
  if (entry.transferred) return 'live';
  if (entry.keepUntil !== undefined && !entry.expired && now < entry.keepUntil) return 'kept';
  if (entry.keep) return published ? 'published' : 'kept';
  return ledger.closed ? 'leftover' : 'live';
}

/** A copy that a user made with our tags has another id. A part is known by its whole; where it has none (yet), by its entry. */
function isOf({ kind, id, of = [] }: TaggedResource, owner: string | undefined, settled: boolean): boolean {
  const isPart = kind === 'snapshot' || kind === 'volume';
  if (isPart && of.length > 0) return owner === undefined ? !settled : of.includes(owner);
  return isPart || owner === undefined ? !settled : owner === id;
}
