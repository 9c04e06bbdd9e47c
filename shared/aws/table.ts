// The one DynamoDB table: items by primary key, every write conditional on what the caller knows.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { atOnce } from '../at-once.ts';
import { ThrottledError } from '../errors.ts';
import { attempt, codeOf } from './fault.ts';

export type Key = { pk: string; sk: string };
export type Item = Record<string, unknown>;
export type Update = {
  set?: string;
  add?: string;
  remove?: string;
  names?: Record<string, string>;
  values?: Item;
  /** Condition expression; a refused write returns undefined instead of throwing. */
  when?: string;
  returns?: 'ALL_NEW' | 'ALL_OLD';
};

export type QueryOptions = {
  newestFirst?: boolean;
  limit?: number;
  /** The attributes to read; all when left out. */
  only?: string[];
};

export type Table = {
  get(key: Key): Promise<Item | undefined>;
  /** Items of a partition whose sort key begins with `prefix`, in order; `newestFirst` turns the order round. */
  query(pk: string, prefix?: string, options?: QueryOptions): Promise<Item[]>;
  /** Items of the index `listed-by-date` with the attributes that it holds, newest first, page by page. */
  byDate(type: string): AsyncIterable<Item>;
  put(item: Key & Item): Promise<void>;
  /** False when the item is there already. */
  putNew(item: Key & Item): Promise<boolean>;
  update(key: Key, update: Update): Promise<Item | undefined>;
  delete(key: Key): Promise<void>;
  /** False when the condition does not hold. */
  deleteWhen(key: Key, condition: Pick<Update, 'names' | 'values'> & { when: string }): Promise<boolean>;
  /** Writes items without conditions, in batches; an item may be named once only. */
  putAll(items: (Key & Item)[]): Promise<void>;
};

/** Items of one BatchWriteItem (DynamoDB API reference). */
const batchSize = 25;
/** Batches that are under way at a time. */
const batchesAtOnce = 4;

const clause = (word: string, expression?: string) => (expression ? ` ${word} ${expression}` : '');

/** The table by name. Reads are strongly consistent, but for `byDate` (an index). */
export function dynamoTable(TableName: string): Table {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const trying = <T>(verb: string, { pk, sk }: Key, call: () => Promise<T>) =>
    attempt(`Tried to ${verb} item ${pk} / ${sk} of table ${TableName}`, call);
  return {
    get: (Key) =>
      trying(
        'read',
        Key,
        async () => (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item,
      ),
    query: (pk, prefix = '', { newestFirst = false, limit, only } = {}) =>
      trying('query', { pk, sk: `${prefix}…` }, async () => {
        const items: Item[] = [];
        let from: Item | undefined;
        do {
          const page = await client.send(
            new QueryCommand({
              TableName,
              ConsistentRead: true,
              KeyConditionExpression: prefix ? 'pk = :pk AND begins_with(sk, :prefix)' : 'pk = :pk',
              ExpressionAttributeValues: { ':pk': pk, ...(prefix && { ':prefix': prefix }) },
              ScanIndexForward: !newestFirst,
              ...(limit && { Limit: limit }),
              ...(only && {
                ProjectionExpression: only.map((_, index) => `#a${index}`).join(', '),
                ExpressionAttributeNames: Object.fromEntries(only.map((name, index) => [`#a${index}`, name])),
              }),
              ...(from && { ExclusiveStartKey: from }),
            }),
          );
          items.push(...(page.Items ?? []));
          from = page.LastEvaluatedKey;
        } while (from && !(limit && items.length >= limit));
        return items;
      }),
    async *byDate(type) {
      let from: Item | undefined;
      do {
        const list = (IndexName: string) =>
          client.send(
            new QueryCommand({
              TableName,
              IndexName,
              KeyConditionExpression: '#type = :type',
              ExpressionAttributeNames: { '#type': 'type' },
              ExpressionAttributeValues: { ':type': type },
              ScanIndexForward: false,
              ...(from && { ExclusiveStartKey: from }),
            }),
          );
        const page = await attempt(`Tried to list items of type ${type} of table ${TableName}`, () =>
          list('listed-by-date').catch((refused) => {
            // While a stack of version 0.1.0 gets this index, DynamoDB refuses to read it; its own is there still, with the same keys.
            if (codeOf(refused) !== 'ValidationException') throw refused;
            return list('images-by-date').catch(() => Promise.reject(refused));
          }),
        );
        yield* page.Items ?? [];
        from = page.LastEvaluatedKey;
      } while (from);
    },
    put: (Item) => trying('write', Item, async () => void (await client.send(new PutCommand({ TableName, Item })))),
    putNew: (Item) =>
      trying('write', Item, async () => {
        const request = { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' };
        return (await unlessRefused(() => client.send(new PutCommand(request)))) !== undefined;
      }),
    update: (Key, { set, add, remove, names, values, when, returns = 'ALL_NEW' }) =>
      trying('update', Key, async () => {
        const answer = await unlessRefused(() =>
          client.send(
            new UpdateCommand({
              TableName,
              Key,
              UpdateExpression: (clause('SET', set) + clause('ADD', add) + clause('REMOVE', remove)).trim(),
              ReturnValues: returns,
              ...(names && { ExpressionAttributeNames: names }),
              ...(values && { ExpressionAttributeValues: values }),
              ...(when && { ConditionExpression: when }),
            }),
          ),
        );
        return answer && (answer.Attributes ?? {});
      }),
    delete: (Key) => trying('delete', Key, async () => void (await client.send(new DeleteCommand({ TableName, Key })))),
    deleteWhen: (Key, { when, names, values }) =>
      trying('delete', Key, async () => {
        const request = {
          TableName,
          Key,
          ConditionExpression: when,
          ...(names && { ExpressionAttributeNames: names }),
          ...(values && { ExpressionAttributeValues: values }),
        };
        return (await unlessRefused(() => client.send(new DeleteCommand(request)))) !== undefined;
      }),
    async putAll(items) {
      const write = (start: number) =>
        trying('write', items[start]!, async () => {
          const batch = items.slice(start, start + batchSize).map((Item) => ({ PutRequest: { Item } }));
          const answer = await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: batch } }));
          // What the table had no room for is left out without an error (DynamoDB API reference, BatchWriteItem).
          const left = answer.UnprocessedItems?.[TableName]?.length ?? 0;
          if (left > 0)
            throw new ThrottledError(`${left} of ${batch.length} items were not written: too much at once.`);
        });
      const starts = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) => index * batchSize);
      await atOnce(batchesAtOnce, starts, write);
    },
  };
}

async function unlessRefused<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (thrown) {
    if (codeOf(thrown) === 'ConditionalCheckFailedException') return undefined;
    throw thrown;
  }
}
