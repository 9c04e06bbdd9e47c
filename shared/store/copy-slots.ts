// Keeps the copy queue of each destination: one small item of what is under way, and one for each copy that waits, in order.
import type { Table } from '../aws/table.ts';
import { freshSlots, type Place, type Slots } from '../build/copy-queue.ts';

export type Destination = { account: string; region: string };

/** Who waits; the token of its task, unless it is awake. */
export type Waiter = Place & { token?: string };

/** Slots as they were read: written back only where nobody else wrote in between. */
export type ReadSlots = Slots & { version: number };

export type CopySlots = {
  read(to: Destination): Promise<ReadSlots>;
  /** False where somebody else was first: read again. */
  write(to: Destination, slots: Slots, version: number): Promise<boolean>;
  /** The first of those who wait, in the order in which they first asked. */
  queue(to: Destination, most: number): Promise<Waiter[]>;
  /** Takes a place, or the same place again with the token of this attempt. */
  join(to: Destination, place: Place, token: string): Promise<void>;
  leave(to: Destination, place: Pick<Place, 'copy' | 'asked'>): Promise<void>;
  /** Forgets a token that was completed, unless there is a newer one. */
  woken(to: Destination, waiter: Waiter): Promise<void>;
  /** Every destination to which anything was ever copied. */
  destinations(): AsyncIterable<Destination>;
};

/** Under this type the index `listed-by-date` lists the destinations. */
const listed = 'copy-slots';
const prefix = 'waiting#';

const partition = ({ account, region }: Destination) => `copy-slots#${account}#${region}`;
const slotsKey = (to: Destination) => ({ pk: partition(to), sk: 'slots' });
const placeKey = (to: Destination, { copy, asked }: Pick<Place, 'copy' | 'asked'>) => ({
  pk: partition(to),
  sk: `${prefix}${new Date(asked).toISOString()}#${copy}`,
});

/**
 * Sizes: at most 20 copies are under way with the limits that AWS gives, so that the item of a destination stays below 10 KB
 * (an item may have 400 KB); one that waits is an item of its own of about 1 KB, so that a queue has no bound.
 */
export function copySlots(table: Table): CopySlots {
  return {
    async read(to) {
      const item = await table.get(slotsKey(to));
      return item ? (item as unknown as ReadSlots) : { ...freshSlots, version: 0 };
    },
    async write(to, { held, calls, filled, refusal }, version) {
      const written = await table.update(slotsKey(to), {
        set: `held = :held, calls = :calls, filled = :filled, #version = :next, #type = :type, dateCreated = if_not_exists(dateCreated, :date), account = :account, #region = :region${refusal ? ', refusal = :refusal' : ''}`,
        ...(!refusal && { remove: 'refusal' }),
        names: { '#version': 'version', '#type': 'type', '#region': 'region' },
        values: {
          ...{ ':held': held, ':calls': calls, ':filled': filled, ':next': version + 1, ':type': listed },
          ...{ ':date': new Date(filled).toISOString(), ':account': to.account, ':region': to.region },
          ...(refusal && { ':refusal': refusal }),
          ...(version > 0 && { ':version': version }),
        },
        when: version > 0 ? '#version = :version' : 'attribute_not_exists(#version)',
      });
      return written !== undefined;
    },
    queue: async (to, limit) => (await table.query(partition(to), prefix, { limit })) as unknown as Waiter[],
    join: (to, { copy, asked, snapshots }, token) =>
      table.put({ ...placeKey(to, { copy, asked }), copy, asked, snapshots, token }),
    leave: (to, place) => table.delete(placeKey(to, place)),
    woken: async (to, { token, ...place }) =>
      void (await table.update(placeKey(to, place), {
        remove: '#token',
        names: { '#token': 'token' },
        values: { ':token': token },
        when: '#token = :token',
      })),
    async *destinations() {
      for await (const { account, region } of table.byDate(listed))
        yield { account: String(account), region: String(region) };
    },
  };
}
