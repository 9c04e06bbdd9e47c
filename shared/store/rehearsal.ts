// A table on which one can rehearse: it reads through to the real one, and what is written to it is seen by it alone.
import type { Item, Key, QueryOptions, Table } from '../aws/table.ts';

type Rehearsed = Pick<Table, 'get' | 'query' | 'put' | 'putNew'>;

const keyText = ({ pk, sk }: Key) => JSON.stringify([pk, sk]);

/** Takes what registering needs; other writes are refused, so that none goes through unseen. */
export function rehearsal(table: Pick<Table, 'get' | 'query'>): Table {
  const written = new Map<string, Key & Item>();
  const get = async ({ pk, sk }: Key) => written.get(keyText({ pk, sk })) ?? (await table.get({ pk, sk }));
  const rehearsed: Rehearsed = {
    get,
    async query(pk, prefix = '', options: QueryOptions = {}) {
      const own = [...written.values()].filter((item) => item.pk === pk && item.sk.startsWith(prefix));
      const others = (await table.query(pk, prefix, options)).filter(({ sk }) => !own.some((item) => item.sk === sk));
      const items = [...own, ...others].sort((a, b) => (String(a.sk) < String(b.sk) ? -1 : 1));
      if (options.newestFirst) items.reverse();
      return items.slice(0, options.limit);
    },
    put: async (item) => void written.set(keyText(item), item),
    async putNew(item) {
      if (await get(item)) return false;
      written.set(keyText(item), item);
      return true;
    },
  };
  const refuse = (): never => {
    throw new Error('Only reads and puts can be rehearsed.');
  };
  return { ...rehearsed, update: refuse, delete: refuse, deleteWhen: refuse, putAll: refuse, byDate: refuse };
}
