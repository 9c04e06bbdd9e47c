// Keeps ledgers: one item per image, so that every note can be conditional on "not closed" in a single write.
import type { Table } from '../aws/table.ts';
import type { Entry, Ledger } from '../build/ledger.ts';
import type { Publication, Target } from '../build/target.ts';
import { CancelledError, NotFoundError } from '../errors.ts';

export type Ledgers = {
  open(image: string, by: { stackId: string; dateCreated: string }): Promise<void>;
  read(image: string): Promise<Ledger>;
  /** Writes an intention (again, with a later `until`). CancelledError when the ledger is closed. */
  note(image: string, key: string, entry: Entry): Promise<void>;
  /** Adds what is now known of an entry; false when the ledger is closed. */
  add(image: string, key: string, facts: Partial<Entry>): Promise<boolean>;
  /** Closes the ledger: no later note succeeds. Idempotent; answers the ledger as it stands. */
  close(image: string, at: string): Promise<Ledger>;
  /** Says of entries that they are released, in one write for each fifty. */
  release(image: string, keys: string[], at: string): Promise<void>;
  /** Says of a closed ledger that nothing is left to release. */
  clean(image: string, at: string): Promise<void>;
  /** Takes a clean ledger from the list of those that the sweep looks at. */
  leave(image: string): Promise<void>;
  /** Images whose ledger may still own something or whose record may not have ended, newest first: what the sweep looks at. */
  unsettled(): AsyncIterable<string>;
  find(image: string): Promise<Ledger | undefined>;
  /** Answers the publication as first noted: a retry must not take our own values for those before us. */
  beginPublishing(image: string, targets: Target[], at: string): Promise<Publication>;
  /** Notes that these targets (by position) are about to be set by an invocation that can act until then (epoch milliseconds). CancelledError when the ledger is closed. */
  tryTargets(image: string, targets: number[], until: number): Promise<void>;
  /** Says that this invocation sets no more targets. */
  endTrying(image: string, until: number): Promise<void>;
  /** The commit: PUBLISHED and the outputs kept, in one write. CancelledError when cleanup was first. */
  commit(image: string, outputs: string[]): Promise<void>;
  keep(image: string, key: string): Promise<void>;
  /** Says that a published AMI is no more: its lifecycle has ended it. */
  retire(image: string, key: string, facts: { at: string; snapshotsKept: boolean }): Promise<void>;
  /** Keeps what a closed ledger owns for a time; false where it owns it no longer. The first time stands. */
  retain(image: string, key: string, until: number): Promise<boolean>;
  /** Says that the time is over: false where another image has taken it over. */
  expire(image: string, key: string, at: string): Promise<boolean>;
  /** Gives what is kept to another image: the entry, or undefined where it is not (or no longer) kept. Again for the same image is the same. */
  transfer(image: string, key: string, to: string, now: number): Promise<Entry | undefined>;
};

const keyOf = (image: string) => ({ pk: image, sk: 'ledger' });
/** Under this type the index `listed-by-date` lists ledgers, for as long as they are not settled: a sparse index. */
const listed = 'ledger';
const isKept =
  'attribute_exists(entries.#key.id) AND attribute_not_exists(entries.#key.released) AND attribute_not_exists(entries.#key.expired)';
/** An expression may have 4 KB (DynamoDB developer guide, constraints): entries, or targets, of one write. */
const atOnce = 50;
const isOpen = 'attribute_exists(pk) AND attribute_not_exists(closed)';

export function ledgers(table: Table): Ledgers {
  const setEntry = (image: string, key: string, facts: Partial<Entry>, when: string) => {
    const fields = Object.entries(facts);
    return table.update(keyOf(image), {
      set: fields.map((_, index) => `entries.#key.#f${index} = :f${index}`).join(', '),
      names: { '#key': key, ...Object.fromEntries(fields.map(([name], index) => [`#f${index}`, name])) },
      values: Object.fromEntries(fields.map(([, value], index) => [`:f${index}`, value])),
      when,
    });
  };
  const find = async (image: string) => (await table.get(keyOf(image))) as unknown as Ledger | undefined;
  return {
    open: async (image, by) => void (await table.putNew({ ...keyOf(image), type: listed, ...by, entries: {} })),
    find,
    async read(image) {
      const ledger = await find(image);
      if (!ledger) throw new NotFoundError(`There is no ledger of ${image}: start builds with start-build.`);
      return ledger;
    },
    async note(image, key, entry) {
      const written = await table.update(keyOf(image), {
        set: 'entries.#key = :entry',
        names: { '#key': key },
        values: { ':entry': entry },
        when: isOpen,
      });
      if (!written) throw new CancelledError(`The build of ${image} has ended: nothing more is made for it (${key}).`);
    },
    add: async (image, key, facts) => (await setEntry(image, key, facts, isOpen)) !== undefined,
    async close(image, at) {
      const item = await table.update(keyOf(image), {
        set: 'closed = if_not_exists(closed, :at)',
        values: { ':at': at },
        when: 'attribute_exists(pk)',
      });
      if (!item) throw new NotFoundError(`There is no ledger of ${image}: it was not started by this stack.`);
      return item as unknown as Ledger;
    },
    async release(image, keys, at) {
      for (let first = 0; first < keys.length; first += atOnce) {
        const some = keys.slice(first, first + atOnce);
        await table.update(keyOf(image), {
          set: some.map((_, index) => `entries.#k${index}.released = :at`).join(', '),
          names: Object.fromEntries(some.map((key, index) => [`#k${index}`, key])),
          values: { ':at': at },
          when: some.map((_, index) => `attribute_exists(entries.#k${index})`).join(' AND '),
        });
      }
    },
    clean: async (image, at) =>
      void (await table.update(keyOf(image), {
        set: 'clean = if_not_exists(clean, :at)',
        values: { ':at': at },
        when: 'attribute_exists(closed)',
      })),
    leave: async (image) =>
      void (await table.update(keyOf(image), {
        remove: '#type',
        names: { '#type': 'type' },
        when: 'attribute_exists(clean)',
      })),
    async *unsettled() {
      for await (const { pk } of table.byDate(listed)) yield String(pk);
    },
    async beginPublishing(image, targets, at) {
      const publication: Publication = { status: 'PUBLISHING', began: at, targets, acting: {} };
      const written = await table.update(keyOf(image), {
        set: 'publication = if_not_exists(publication, :publication)',
        values: { ':publication': publication },
        when: isOpen,
      });
      if (!written) throw new CancelledError(`The build of ${image} has ended: nothing is published.`);
      return (written as unknown as Ledger).publication!;
    },
    async tryTargets(image, targets, until) {
      for (let first = 0; first < targets.length; first += atOnce) {
        const some = targets.slice(first, first + atOnce);
        const tried = some.map((index) => `publication.targets[${index}].tried = :true`);
        const written = await table.update(keyOf(image), {
          set: [...tried, 'publication.acting.#until = :until'].join(', '),
          names: { '#until': String(until) },
          values: { ':true': true, ':until': until },
          when: isOpen,
        });
        if (!written) throw new CancelledError(`The build of ${image} has ended: nothing is published.`);
      }
    },
    endTrying: async (image, until) =>
      void (await table.update(keyOf(image), {
        remove: 'publication.acting.#until',
        names: { '#until': String(until) },
        when: 'attribute_exists(publication.acting)',
      })),
    async commit(image, outputs) {
      // One write, however many: as short as can be, since an expression may have 4 KB.
      const kept = outputs.map((_, index) => `#e.#${index}.#k=:t`);
      const written = await table.update(keyOf(image), {
        set: ['publication.#status = :published', ...kept].join(','),
        names: {
          ...{ '#status': 'status', '#e': 'entries', '#k': 'keep' },
          ...Object.fromEntries(outputs.map((key, index) => [`#${index}`, key])),
        },
        values: { ':published': 'PUBLISHED', ':t': true },
        when: `${isOpen} AND attribute_exists(publication)`,
      });
      if (!written) throw new CancelledError(`The build of ${image} has ended before it was published.`);
    },
    retain: async (image, key, until) =>
      (await table.update(keyOf(image), {
        set: 'entries.#key.keepUntil = if_not_exists(entries.#key.keepUntil, :until)',
        names: { '#key': key },
        values: { ':until': until },
        when: `attribute_exists(closed) AND ${isKept} AND attribute_not_exists(entries.#key.transferred)`,
      })) !== undefined,
    expire: async (image, key, at) =>
      (await table.update(keyOf(image), {
        set: 'entries.#key.expired = if_not_exists(entries.#key.expired, :at)',
        names: { '#key': key },
        values: { ':at': at },
        when: 'attribute_exists(entries.#key) AND attribute_not_exists(entries.#key.transferred)',
      })) !== undefined,
    async transfer(image, key, to, now) {
      const given = await table.update(keyOf(image), {
        set: 'entries.#key.transferred = :to',
        names: { '#key': key },
        values: { ':to': to, ':now': now },
        when: `attribute_exists(closed) AND ${isKept} AND (entries.#key.transferred = :to OR (attribute_not_exists(entries.#key.transferred) AND entries.#key.keepUntil > :now))`,
      });
      return given && (given as unknown as Ledger).entries[key];
    },
    retire: async (image, key, { at, snapshotsKept }) =>
      void (await setEntry(
        image,
        key,
        { released: at, ...(snapshotsKept && { snapshotsKept }) },
        'attribute_exists(entries.#key)',
      )),
    keep: async (image, key) => void (await setEntry(image, key, { keep: true }, 'attribute_exists(entries.#key)')),
  };
}
