// What DynamoDB's operations need: the table or index, and the hash keys of the items (dynamodb:LeadingKeys).
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
import type { Caller, Input } from '../../service.ts';
import { anywhere, type Facts, type Need, type Needs, need } from '../need.ts';

const tableArn = (name: unknown, { accountId, region }: Caller): string =>
  String(name).startsWith('arn:') ? String(name) : `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;

type Attribute = Record<string, unknown> | undefined;

const textOf = (attribute: Attribute): string[] => (attribute ? Object.values(attribute).map(String) : []);

const item =
  (action: string, field: 'Key' | 'Item') =>
  (input: Input, caller: Caller, facts: Facts): Need[] => {
    const table = tableArn(input.TableName, caller);
    const key = input[field]?.[facts.hashKeyOf(table) ?? ''];
    return [need(`dynamodb:${action}`, table, { 'dynamodb:LeadingKeys': textOf(key) })];
  };

/** The value that the key condition wants of the hash key, wherever it stands in the expression. */
function queried({ KeyConditionExpression = '', ...input }: Input, hashKey: string): string[] {
  const names: Record<string, string> = input.ExpressionAttributeNames ?? {};
  for (const [, name = '', value = ''] of String(KeyConditionExpression).matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g))
    if ((names[name] ?? name) === hashKey) return textOf(input.ExpressionAttributeValues?.[value]);
  // A key that cannot be found must not look like none, which ForAllValues lets pass.
  return [''];
}

const whole = (action: string) => (input: Input, caller: Caller) => [
  need(`dynamodb:${action}`, tableArn(input.TableName, caller)),
];

function batch(action: string, requests: (value: Input) => Input[]) {
  return (input: Input, caller: Caller, facts: Facts): Need[] =>
    Object.entries((input.RequestItems ?? {}) as Record<string, Input>).map(([name, value]) => {
      const table = tableArn(name, caller);
      const hashKey = facts.hashKeyOf(table) ?? '';
      return need(`dynamodb:${action}`, table, {
        'dynamodb:LeadingKeys': requests(value).flatMap((one) => textOf(one[hashKey])),
      });
    });
}

export const dynamodbNeeds: Needs = {
  GetItem: item('GetItem', 'Key'),
  PutItem: item('PutItem', 'Item'),
  UpdateItem: item('UpdateItem', 'Key'),
  DeleteItem: item('DeleteItem', 'Key'),
  Query(input, caller, facts) {
    const table = tableArn(input.TableName, caller);
    const resource = input.IndexName === undefined ? table : `${table}/index/${input.IndexName}`;
    const hashKey = facts.hashKeyOf(resource);
    const leading = hashKey === undefined ? [] : queried(input, hashKey);
    return [need('dynamodb:Query', resource, { 'dynamodb:LeadingKeys': leading })];
  },
  Scan: (input, caller) => {
    const table = tableArn(input.TableName, caller);
    return [need('dynamodb:Scan', input.IndexName === undefined ? table : `${table}/index/${input.IndexName}`)];
  },
  BatchGetItem: batch('BatchGetItem', ({ Keys = [] }) => Keys),
  BatchWriteItem: batch('BatchWriteItem', (requests) =>
    Object.values(requests).map(({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key ?? {}),
  ),
  CreateTable: whole('CreateTable'),
  DeleteTable: whole('DeleteTable'),
  DescribeTable: whole('DescribeTable'),
  UpdateTable: whole('UpdateTable'),
  UpdateTimeToLive: whole('UpdateTimeToLive'),
  DescribeTimeToLive: whole('DescribeTimeToLive'),
  ListTables: anywhere('dynamodb:ListTables'),
};
