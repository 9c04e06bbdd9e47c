// The copy queue's store in memory, for simulations of thousands of calls; held against the real one in copy-slots.test.ts.
import { freshSlots } from '../../shared/build/copy-queue.ts';
import type { CopySlots, Destination, ReadSlots, Waiter } from '../../shared/store/copy-slots.ts';

export function memorySlots(): CopySlots {
  const slots = new Map<string, ReadSlots>();
  const places = new Map<string, Map<string, Waiter>>();
  const name = ({ account, region }: Destination) => `${account} ${region}`;
  const queueOf = (to: Destination) => {
    const known = places.get(name(to)) ?? new Map<string, Waiter>();
    places.set(name(to), known);
    return known;
  };
  const key = ({ copy, asked }: { copy: string; asked: number }) => `${new Date(asked).toISOString()}#${copy}`;
  return {
    read: async (to) => structuredClone(slots.get(name(to)) ?? { ...freshSlots, version: 0 }),
    async write(to, changed, version) {
      if ((slots.get(name(to))?.version ?? 0) !== version) return false;
      slots.set(name(to), { ...structuredClone(changed), version: version + 1 });
      return true;
    },
    queue: async (to, most) =>
      [...queueOf(to)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, most)
        .map(([, waiter]) => ({ ...waiter })),
    join: async (to, place, token) => void queueOf(to).set(key(place), { ...place, token }),
    leave: async (to, place) => void queueOf(to).delete(key(place)),
    async woken(to, { token, ...place }) {
      const known = queueOf(to).get(key(place));
      if (known && known.token === token) delete known.token;
    },
    async *destinations() {
      for (const one of slots.keys()) {
        const [account = '', region = ''] = one.split(' ');
        yield { account, region };
      }
    },
  };
}
