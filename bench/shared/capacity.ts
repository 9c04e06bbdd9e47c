// What an operation of the table costs: as dynalite tells it, and by the rules of the DynamoDB developer guide what an index takes of a write, and what one costs that is refused.
import { createRequire } from 'node:module';
import type { Store } from '../../local/dynamodb/store.ts';
import { AwsError, type Input } from '../../local/service.ts';

const { capacityUnits }: { capacityUnits(item: Input | undefined, isRead: boolean): number } = createRequire(
  import.meta.url,
)('dynalite/db');

export type IndexWrite = { index: string; type: string; units: number };

/** Units of the table, and what its indexes took besides; a failure is what the call is answered with. */
export type Ran = { units: number; indexed: IndexWrite[] } & ({ output: Input } | { failure: unknown });

/** Runs an operation of a table and counts what DynamoDB would bill for it. */
export async function countedRun(store: Store, operation: string, input: Input, isWrite: boolean): Promise<Ran> {
  const asked = { ...input, ReturnConsumedCapacity: 'TOTAL' };
  try {
    const ran = isWrite
      ? await indexWrites(store, operation, asked)
      : { output: await store.run(operation, asked), writes: [] };
    const { ConsumedCapacity, ...output } = ran.output;
    const consumed = [ConsumedCapacity].flat() as { CapacityUnits: number }[];
    return { output, indexed: ran.writes, units: consumed.reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0) };
  } catch (failure) {
    return { failure, indexed: [], units: isWrite ? await refusedUnits(store, operation, input, failure) : 0 };
  }
}

/** Runs a writing operation and tells what it cost in the table's indexes: nothing where no attribute changed that an index holds. */
async function indexWrites(
  store: Store,
  operation: string,
  input: Input,
): Promise<{ output: Input; writes: IndexWrite[] }> {
  const keys = keysOf(operation, input);
  const { Table } = await store.run('DescribeTable', { TableName: keys[0]!.TableName });
  const read = () => Promise.all(keys.map(async (key) => (await store.run('GetItem', key)).Item as Input | undefined));
  const before = await read();
  const output = await store.run(operation, input);
  const after = await read();
  const writes = ((Table as Input).GlobalSecondaryIndexes as Input[]).flatMap((index) =>
    keys.flatMap((_, at) => indexWrite(index, before[at], after[at])),
  );
  return { output, writes };
}

/** Units of a write whose condition did not hold: those of the item as it is, or one (DynamoDB developer guide, capacity units consumed by conditional writes). */
async function refusedUnits(store: Store, operation: string, input: Input, error: unknown): Promise<number> {
  if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') return 0;
  const { Item } = await store.run('GetItem', keysOf(operation, input)[0]!);
  return Math.max(1, Item ? capacityUnits(Item as Input, false) : 0);
}

function keysOf(operation: string, input: Input): { TableName: string; Key: Input; ConsistentRead: true }[] {
  const keyed = (TableName: string, { pk, sk }: Input) => ({
    TableName,
    Key: { pk, sk },
    ConsistentRead: true as const,
  });
  if (operation !== 'BatchWriteItem') return [keyed(input.TableName, input.Key ?? input.Item)];
  return Object.entries(input.RequestItems as Record<string, Input[]>).flatMap(([table, requests]) =>
    requests.map((request) => keyed(table, request.PutRequest?.Item ?? request.DeleteRequest?.Key)),
  );
}

/** An entry that is new, changed or gone is one write of its size; one whose key changes is written twice. */
function indexWrite(index: Input, before: Input | undefined, after: Input | undefined): IndexWrite[] {
  const keys: string[] = (index.KeySchema as Input[]).map(({ AttributeName }) => AttributeName);
  const entry = (item: Input | undefined): Input | undefined => {
    if (!item || !keys.every((key) => item[key])) return undefined;
    const held = [...keys, 'pk', 'sk', ...((index.Projection.NonKeyAttributes as string[] | undefined) ?? [])];
    const isAll = index.Projection.ProjectionType === 'ALL';
    return Object.fromEntries(Object.entries(item).filter(([name]) => isAll || held.includes(name)));
  };
  const [old, next] = [entry(before), entry(after)];
  if (JSON.stringify(sorted(old)) === JSON.stringify(sorted(next))) return [];
  const size = (one: Input | undefined) => (one ? capacityUnits(one, false) : 0);
  const isMoved = old && next && keys.some((key) => old[key].S !== next[key].S);
  const units = isMoved ? size(old) + size(next) : Math.max(size(old), size(next));
  return [{ index: index.IndexName, type: String((next ?? old)?.type.S), units }];
}

const sorted = (item: Input | undefined) => item && Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1));
