// DynamoDB: dynalite's operations, time to live (kept, never acted on) and the item that failed a condition, which dynalite lacks.
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { ModelledError } from '../door/modelled-error.ts';
import type { Hooks } from '../hooks.ts';
import { AwsError, type Caller, type Input, type Service } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';
import { openStore, operations, type Store } from './store.ts';
import { inTurn } from './turn.ts';

type Scope = Pick<Caller, 'accountId' | 'region'>;
type TimeToLive = Record<string, { AttributeName: string; Enabled: boolean }>;

export type DynamoDb = {
  service: Service;
  /** The database of an account and region, opened when first asked for. */
  store(scope: Scope): Promise<Store>;
  setTimeToLive(scope: Scope, tableName: string, specification: { AttributeName: string; Enabled: boolean }): void;
  stop(): Promise<void>;
};

export function dynamodb(cloud: Pick<Cloud, 'stateDirectory'>, openTables?: Hooks['openTables']): DynamoDb {
  const directory = join(cloud.stateDirectory, 'dynamodb');
  const ttlFile = join(directory, 'time-to-live.json');
  const stores = new Map<string, Promise<Store>>();
  const timeToLive = readJson<TimeToLive>(ttlFile, {});
  const turn = inTurn();

  const store = ({ accountId, region }: Scope) => {
    const key = `${accountId}/${region}`;
    const open = stores.get(key) ?? openTables?.(accountId, region) ?? openStore(directory, accountId, region);
    stores.set(key, open);
    return open;
  };
  const run = async (operation: string, input: Input, caller: Scope) =>
    (await store(caller)).run(operation, named(input));

  // Writes of one table take turns, so that the item returned with a failed condition is the one that failed it.
  const write = (operation: string) => (input: Input, caller: Caller) =>
    turn(tableKey(caller, input.TableName), async () => {
      try {
        return await run(operation, { ...input }, caller);
      } catch (error) {
        const failed = error instanceof AwsError && error.code === 'ConditionalCheckFailedException';
        if (!failed || input.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD') throw error;
        const item = await current(await store(caller), named(input));
        throw item ? new ModelledError(error.code, error.message, { Item: item }) : error;
      }
    });

  const setTimeToLive: DynamoDb['setTimeToLive'] = (scope, tableName, specification) => {
    timeToLive[tableKey(scope, tableName)] = specification;
    writeJson(ttlFile, timeToLive);
  };

  return {
    store,
    setTimeToLive,
    service: {
      signingName: 'dynamodb',
      protocol: 'json',
      targetPrefix: 'DynamoDB_20120810',
      jsonVersion: '1.0',
      operations: {
        ...Object.fromEntries(
          operations.map((operation) => [operation, (input: Input, caller: Caller) => run(operation, input, caller)]),
        ),
        PutItem: write('PutItem'),
        UpdateItem: write('UpdateItem'),
        DeleteItem: write('DeleteItem'),
        async UpdateTimeToLive(input, caller) {
          await run('DescribeTable', { TableName: input.TableName }, caller);
          const { AttributeName, Enabled } = input.TimeToLiveSpecification ?? {};
          if (typeof AttributeName !== 'string' || typeof Enabled !== 'boolean') {
            throw new AwsError('ValidationException', 'TimeToLiveSpecification needs AttributeName and Enabled');
          }
          setTimeToLive(caller, named(input).TableName, { AttributeName, Enabled });
          return { TimeToLiveSpecification: { AttributeName, Enabled } };
        },
        async DescribeTimeToLive(input, caller) {
          await run('DescribeTable', { TableName: input.TableName }, caller);
          const kept = timeToLive[tableKey(caller, named(input).TableName)];
          if (!kept?.Enabled) return { TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' } };
          return { TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: kept.AttributeName } };
        },
      },
    },
    async stop() {
      for (const open of stores.values()) await (await open).close();
      stores.clear();
    },
  };
}

async function current(store: Store, input: Input): Promise<Input | undefined> {
  const { Table } = await store.run('DescribeTable', { TableName: input.TableName });
  const names = (Table.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName);
  const Key = input.Key ?? Object.fromEntries(names.map((name) => [name, input.Item[name]]));
  return (await store.run('GetItem', { TableName: input.TableName, Key, ConsistentRead: true })).Item;
}

// A table may be named by its ARN; dynalite knows names only.
function named(input: Input): Input {
  if (typeof input.TableName !== 'string' || !input.TableName.startsWith('arn:')) return input;
  return { ...input, TableName: input.TableName.replace(/^.*:table\//, '') };
}

const tableKey = (scope: Scope, table: unknown) =>
  `${scope.accountId}/${scope.region}/${named({ TableName: table }).TableName}`;
