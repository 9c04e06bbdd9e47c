// One dynalite database on disk per account and region, its actions called directly: no second socket, no second signature.
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { AwsError, type Input } from '../service.ts';

export type Store = {
  /** Runs an operation by its AWS name; rejects with an AwsError where DynamoDB would answer one. */
  run(operation: string, input: Input): Promise<Input>;
  close(): Promise<void>;
};

type Refusal = Error & { statusCode?: number; body?: { __type?: string; message?: string; Message?: string } };
type Action = (store: Database, input: Input, done: (error: Refusal | null, output?: Input) => void) => void;
type Database = {
  tableDb: {
    awsAccountId: string;
    awsRegion: string;
    put(name: string, table: Input, done: (error: Error | null) => void): void;
  };
  db: { open(): Promise<void>; close(done: (error?: Error) => void): void };
};
type Validation = { types: object; custom?: unknown };
type Validations = {
  checkTypes(input: Input, types: object): Input;
  checkValidations(input: Input, types: object, custom: unknown, store: Database): void;
};

const load = createRequire(import.meta.url);
const databases: { create(options: object): Database } = load('dynalite/db');
const validations: Validations = load('dynalite/validations');

/** What dynalite can do; the rest of DynamoDB is refused. */
export const operations = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;

const actions = new Map(
  operations.map((operation) => {
    const file = operation[0]?.toLowerCase() + operation.slice(1);
    const action: Action = load(`dynalite/actions/${file}`);
    const validation: Validation = load(`dynalite/validations/${file}`);
    return [operation as string, { action, validation }];
  }),
);

/** Bytes of an expression as it is sent (DynamoDB developer guide, constraints: expression parameters); dynalite takes any. */
const longestExpression = 4096;

function assertShort(input: Input): void {
  for (const [name, expression] of Object.entries(input)) {
    if (!name.endsWith('Expression') || typeof expression !== 'string') continue;
    const size = Buffer.byteLength(expression);
    if (size > longestExpression)
      throw new AwsError(
        'ValidationException',
        `Invalid ${name}: Expression size has exceeded the maximum allowed size; expression size: ${size}`,
      );
  }
}

/** In memory where there is no directory. */
export async function openStore(directory: string | undefined, accountId: string, region: string): Promise<Store> {
  const path = directory && join(directory, accountId, region);
  if (path) mkdirSync(path, { recursive: true });
  const store = databases.create({ ...(path && { path }), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  store.tableDb.awsAccountId = accountId;
  store.tableDb.awsRegion = region;
  await store.db.open();
  const run: Store['run'] = async (operation, input) => {
    const found = actions.get(operation);
    if (!found) throw new AwsError('UnknownOperationException', `The local DynamoDB has no operation ${operation}`);
    assertShort(input);
    try {
      const checked = validations.checkTypes(input, found.validation.types);
      validations.checkValidations(checked, found.validation.types, found.validation.custom, store);
      return await new Promise<Input>((resolve, reject) => {
        found.action(store, checked, (error, output) => (error ? reject(error) : resolve(output ?? {})));
      });
    } catch (error) {
      throw translate(error as Refusal);
    }
  };
  await finishTables(store, run);
  return {
    run,
    close: () => new Promise((resolve, reject) => store.db.close((error) => (error ? reject(error) : resolve()))),
  };
}

// dynalite makes a table ACTIVE a moment after it has written it: a process killed in between leaves it CREATING for ever.
async function finishTables(store: Database, run: Store['run']): Promise<void> {
  for (const name of (await run('ListTables', {})).TableNames as string[]) {
    const { Table } = await run('DescribeTable', { TableName: name });
    if (Table.TableStatus !== 'CREATING') continue;
    Table.TableStatus = 'ACTIVE';
    for (const index of Table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
    await new Promise<void>((resolve, reject) =>
      store.tableDb.put(name, Table, (error) => (error ? reject(error) : resolve())),
    );
  }
}

function translate(error: Refusal): Error {
  if (!error.statusCode || !error.body) return error;
  const code = (error.body.__type ?? 'InternalServerError').replace(/^.*#/, '');
  return new AwsError(code, error.body.message || error.body.Message || code, error.statusCode);
}
