// Counts the capacity that each partition key of the table, and of its index, takes in each second.
import type { Store } from '../../local/dynamodb/store.ts';
import type { Input } from '../../local/service.ts';
import { countedRun } from '../shared/capacity.ts';

export type Load = { key: string; units: number; peak: number };

type Kind = 'reads' | 'writes';
const kinds: Record<string, Kind> = {
  ...{ PutItem: 'writes', UpdateItem: 'writes', DeleteItem: 'writes', BatchWriteItem: 'writes' },
  ...{ GetItem: 'reads', BatchGetItem: 'reads', Query: 'reads' },
};

/** `hottest`: by units in their fullest second. Keys of single builds are one line, that of the hottest of them. */
export function hotKeys(now: () => number) {
  const loads = new Map<string, { kind: Kind; units: number; second: number; inSecond: number; peak: number }>();

  const count = (kind: Kind, key: string, units: number) => {
    const second = Math.floor(now() / 1000);
    const name = `${kind} ${key}`;
    const load = loads.get(name) ?? { kind, units: 0, second, inSecond: 0, peak: 0 };
    loads.set(name, load);
    if (load.second !== second) Object.assign(load, { second, inSecond: 0 });
    load.units += units;
    load.inSecond += units;
    load.peak = Math.max(load.peak, load.inSecond);
  };
  const text = (value: Input | undefined) => String(value?.S ?? '');

  function note(operation: string, input: Input, units: number): void {
    const kind = kinds[operation]!;
    if (operation === 'Query') {
      const values: Input = input.ExpressionAttributeValues;
      count(kind, input.IndexName ? `index ${input.IndexName} / ${text(values[':type'])}` : text(values[':pk']), units);
      return;
    }
    if (operation.startsWith('Batch')) {
      const requests: Input[] = Object.values(input.RequestItems as Input).flat();
      for (const request of requests) {
        const item: Input = request.PutRequest?.Item ?? request.DeleteRequest?.Key;
        count(kind, text(item?.pk), units / requests.length);
      }
      return;
    }
    const key: Input = input.Key ?? input.Item;
    count(kind, text(key.pk), units);
  }

  return {
    tables: (store: Store): Store => ({
      ...store,
      async run(operation, input) {
        if (!kinds[operation]) return store.run(operation, input);
        const ran = await countedRun(store, operation, input, kinds[operation] === 'writes');
        for (const { index, type, units } of ran.indexed) count('writes', `index ${index} / ${type}`, units);
        note(operation, input, ran.units);
        if ('failure' in ran) throw ran.failure;
        return ran.output;
      },
    }),
    /** From here on. */
    reset: () => loads.clear(),
    hottest(kind: Kind, most: number): Load[] {
      const groups = new Map<string, Load>();
      for (const [name, { kind: its, units, peak }] of loads) {
        if (its !== kind) continue;
        const key = grouped(name.slice(kind.length + 1));
        const known = groups.get(key) ?? { key, units: 0, peak: 0 };
        groups.set(key, { key, units: known.units + units, peak: Math.max(known.peak, peak) });
      }
      return [...groups.values()].toSorted((a, b) => b.peak - a.peak).slice(0, most);
    },
  };
}

/** Without what differs from build to build. */
const grouped = (key: string): string =>
  key.startsWith('arn:') ? 'one image (the hottest)' : key.replace(/rush-\d+/, '…').replace(/^(wait|start)#.*/, '$1#…');
