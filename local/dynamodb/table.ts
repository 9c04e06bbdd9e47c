// Makes a table from its CloudFormation resource, or finds the one that an earlier start made.
import { AwsError, type Input } from '../service.ts';
import type { DynamoDb } from './service.ts';
import type { Store } from './store.ts';

const created = [
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'ProvisionedThroughput',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
];
// Durability and encryption: nothing that a client sees depends on them here.
const withoutEffect = [
  'PointInTimeRecoverySpecification',
  'SSESpecification',
  'DeletionProtectionEnabled',
  'TableClass',
  'Tags',
  'ContributorInsightsSpecification',
];

/** `properties` are those of AWS::DynamoDB::Table, resolved. */
export async function ensureTable(
  { store, setTimeToLive }: DynamoDb,
  scope: { accountId: string; region: string },
  properties: Input,
): Promise<void> {
  const name: string = properties.TableName;
  const unknown = Object.keys(properties).filter(
    (key) => ![...created, ...withoutEffect, 'TimeToLiveSpecification'].includes(key),
  );
  if (unknown.length > 0) throw new Error(`Table ${name}: the local DynamoDB has no ${unknown.join(', ')}`);
  const wanted = structuredClone(
    Object.fromEntries(Object.entries(properties).filter(([key]) => created.includes(key))),
  );
  const database = await store(scope);
  const existing = await describe(database, name);
  if (existing) {
    if (shape(existing) !== shape(wanted)) {
      throw new Error(
        `Table ${name} on disk has other keys or indexes than the stack now wants: start again from nothing with 'image-builder local reset'`,
      );
    }
  } else {
    await database.run('CreateTable', wanted);
    while ((await describe(database, name))?.TableStatus !== 'ACTIVE') await new Promise(setImmediate);
  }
  if (properties.TimeToLiveSpecification) setTimeToLive(scope, name, properties.TimeToLiveSpecification);
}

// Keys and indexes in an order of their own, so that two lists of the same compare equal.
function shape(table: Input): string {
  const keys = (schema: Input[] = []) => schema.map((key) => `${key.KeyType} ${key.AttributeName}`).join();
  const indexes = (list: Input[] = []) =>
    list.map((index) => `${index.IndexName}: ${keys(index.KeySchema as Input[])}`).sort();
  return JSON.stringify([
    keys(table.KeySchema),
    indexes(table.GlobalSecondaryIndexes),
    indexes(table.LocalSecondaryIndexes),
  ]);
}

async function describe(database: Store, name: string): Promise<Input | undefined> {
  try {
    return (await database.run('DescribeTable', { TableName: name })).Table;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}
