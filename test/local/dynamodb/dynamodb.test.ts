import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  TransactWriteItemsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DynamoDb, dynamodb } from '../../../local/dynamodb/service.ts';
import { ensureTable } from '../../../local/dynamodb/table.ts';
import { type Door, homeAccountId, openDoor, temporaryDirectory } from '../door/open-door.ts';

const scope = { accountId: homeAccountId, region: 'eu-central-1' };
const properties = {
  TableName: 'builds',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'type', 'dateCreated'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'images-by-date',
      KeySchema: [
        { AttributeName: 'type', KeyType: 'HASH' },
        { AttributeName: 'dateCreated', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
};

const directory = temporaryDirectory();
let table: DynamoDb;
let door: Door;
let client: DynamoDBClient;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  table = dynamodb({ stateDirectory: directory.path });
  await ensureTable(table, scope, properties);
  door = await openDoor([table.service], directory.path);
  client = new DynamoDBClient(door.client());
  documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
});

afterAll(async () => {
  await door.close();
  await table.stop();
  directory.remove();
});

const TableName = 'builds';
const key = (pk: string, sk = 'image') => ({ pk, sk });

test('an expression of more than 4 KB is refused, as dynalite does not', async () => {
  const set = (count: number) => ({
    TableName: 'builds',
    Key: { pk: 'long', sk: 'x' },
    UpdateExpression: `SET ${Array.from({ length: count }, (_, index) => `a${String(index).padStart(9, '0')} = :v`).join(', ')}`,
    ExpressionAttributeValues: { ':v': 1 },
  });
  await documents.send(new UpdateCommand(set(200)));
  await expect(documents.send(new UpdateCommand(set(300)))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'Invalid UpdateExpression: Expression size has exceeded the maximum allowed size; expression size: 5102',
  });
});

test('an item comes back as it was put, empty strings, lists and maps included', async () => {
  const item = {
    ...key('a'),
    empty: '',
    none: null,
    list: [],
    map: {},
    number: 1.5,
    nested: { list: [{ a: [true] }] },
  };
  await documents.send(new PutCommand({ TableName, Item: item }));
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key('a'), ConsistentRead: true }));
  expect(Item).toEqual(item);
});

test('a conditional update succeeds once; the second fails and brings the item that failed it', async () => {
  const claim = (owner: string) =>
    documents.send(
      new UpdateCommand({
        TableName,
        Key: key('claim'),
        UpdateExpression: 'SET #owner = :owner',
        ConditionExpression: 'attribute_not_exists(#owner)',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': owner },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  expect((await claim('first')).Attributes).toEqual({ ...key('claim'), owner: 'first' });
  await expect(claim('second')).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
    Item: { owner: { S: 'first' } },
  });
});

test('many writers under one condition: exactly one wins', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, writer) =>
      documents.send(
        new PutCommand({
          TableName,
          Item: { ...key('race'), writer },
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    ),
  );
  const lost = results.filter((result) => result.status === 'rejected').map((result) => result.reason);
  expect(lost).toHaveLength(19);
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key('race') }));
  for (const reason of lost) expect(reason.Item.writer.N).toBe(String(Item?.writer));
});

test('a map is built up by paths, a list appended to, a number counted up', async () => {
  const Key = key('ledger');
  await documents.send(new PutCommand({ TableName, Item: { ...Key, entries: {}, notes: [] } }));
  const note = (name: string, id: string) =>
    documents.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression:
          'SET entries.#name = :entry, notes = list_append(if_not_exists(notes, :empty), :note) ADD #count :one',
        ConditionExpression: 'attribute_not_exists(closed) AND attribute_not_exists(entries.#name)',
        ExpressionAttributeNames: { '#name': name, '#count': 'count' },
        ExpressionAttributeValues: { ':entry': { id, keep: false }, ':note': [id], ':empty': [], ':one': 1 },
        ReturnValues: 'ALL_OLD',
      }),
    );
  await note('LaunchBuilder#0#1', 'i-1');
  const { Attributes } = await note('CopyRegion#1#1', 'ami-1');
  expect(Attributes).toEqual({
    ...Key,
    entries: { 'LaunchBuilder#0#1': { id: 'i-1', keep: false } },
    notes: ['i-1'],
    count: 1,
  });
  await expect(note('CopyRegion#1#1', 'ami-2')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  const close = await documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET closed = :now, entries.#name.keep = :true REMOVE notes[0]',
      ExpressionAttributeNames: { '#name': 'CopyRegion#1#1' },
      ExpressionAttributeValues: { ':now': 'now', ':true': true },
      ReturnValues: 'ALL_NEW',
    }),
  );
  expect(close.Attributes).toMatchObject({
    closed: 'now',
    notes: ['ami-1'],
    count: 2,
    entries: { 'CopyRegion#1#1': { id: 'ami-1', keep: true } },
  });
});

test('an index is queried newest first, page by page, and follows changes and deletions', async () => {
  for (let day = 1; day <= 5; day++) {
    await documents.send(
      new PutCommand({ TableName, Item: { ...key(`image-${day}`), type: 'AMI', dateCreated: `2026-01-0${day}` } }),
    );
  }
  await documents.send(new DeleteCommand({ TableName, Key: key('image-3'), ReturnValues: 'ALL_OLD' }));
  await documents.send(
    new UpdateCommand({
      TableName,
      Key: key('image-1'),
      UpdateExpression: 'SET dateCreated = :d',
      ExpressionAttributeValues: { ':d': '2026-02-01' },
    }),
  );
  const found: string[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new QueryCommand({
        TableName,
        IndexName: 'images-by-date',
        KeyConditionExpression: '#type = :type AND dateCreated > :from',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: { ':type': 'AMI', ':from': '2026-01-02' },
        ScanIndexForward: false,
        Limit: 1,
        ExclusiveStartKey,
      }),
    );
    found.push(...(page.Items ?? []).map((item) => item.pk));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  expect(found).toEqual(['image-1', 'image-5', 'image-4']);
});

test('items of a partition are found by the beginning of their sort key, and scanned with a filter', async () => {
  const Item = (sk: string) => ({ PutRequest: { Item: { ...key('plan', sk), body: sk } } });
  await documents.send(
    new BatchWriteCommand({
      RequestItems: { [TableName]: ['script#build#000', 'script#test#000', 'result#build#000', 'script'].map(Item) },
    }),
  );
  const { Items } = await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': 'plan', ':sk': 'script#' },
      ConsistentRead: true,
    }),
  );
  expect(Items?.map((item) => item.sk)).toEqual(['script#build#000', 'script#test#000']);
  const scan = await documents.send(
    new ScanCommand({
      TableName,
      FilterExpression: 'begins_with(body, :b)',
      ExpressionAttributeValues: { ':b': 'result' },
    }),
  );
  expect(scan.Items?.map((item) => item.sk)).toEqual(['result#build#000']);
});

test('time to live is kept', async () => {
  const before = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(before.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires' });
  await client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'expires', Enabled: false } }),
  );
  const after = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  expect(after.TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
});

test('what dynalite cannot do is refused by name', async () => {
  const transaction = new TransactWriteItemsCommand({
    TransactItems: [{ Delete: { TableName, Key: { pk: { S: 'a' }, sk: { S: 'b' } } } }],
  });
  await expect(client.send(transaction)).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: "The local cloud's dynamodb has no operation DynamoDB_20120810.TransactWriteItems",
  });
  await expect(ensureTable(table, scope, { ...properties, StreamSpecification: {} })).rejects.toThrow(
    'Table builds: the local DynamoDB has no StreamSpecification',
  );
});

test('each account and region has tables of its own', async () => {
  const other = new DynamoDBClient(door.client({ region: 'us-east-1', account: '111111111111' }));
  expect((await other.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  const { BillingMode, AttributeDefinitions, KeySchema } = properties;
  await other.send(
    new CreateTableCommand({
      TableName: 'mine',
      BillingMode: BillingMode as 'PAY_PER_REQUEST',
      AttributeDefinitions: AttributeDefinitions.slice(0, 2) as { AttributeName: string; AttributeType: 'S' }[],
      KeySchema: KeySchema as { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[],
    }),
  );
  const { Table } = await other.send(new DescribeTableCommand({ TableName: 'mine' }));
  expect(Table?.TableArn).toBe('arn:aws:dynamodb:us-east-1:111111111111:table/mine');
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(['builds']);
  await other.send(new DeleteTableCommand({ TableName: 'mine' }));
  // Deleting is asynchronous, in AWS too: the table is DELETING for a moment.
  await waitUntilTableNotExists({ client: other, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { TableName: 'mine' });
  await expect(other.send(new DescribeTableCommand({ TableName: 'mine' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('tables and items outlive the process; a table with other keys is refused', async () => {
  await documents.send(new PutCommand({ TableName, Item: key('kept') }));
  await table.stop();
  await ensureTable(table, scope, properties);
  const { Item } = await documents.send(new GetCommand({ TableName, Key: key('kept') }));
  expect(Item).toEqual(key('kept'));
  await expect(ensureTable(table, scope, { ...properties, GlobalSecondaryIndexes: [] })).rejects.toThrow(
    "Table builds on disk has other keys or indexes than the stack now wants: start again from nothing with 'image-builder local reset'",
  );
});
