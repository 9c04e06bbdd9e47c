// A table in an in-memory DynamoDB of its own, reached by the product's own client, without a socket; `whole`, through all of that client.
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openStore, type Store } from '../../local/dynamodb/store.ts';
import type { AwsError } from '../../local/service.ts';
import { dynamoTable, type Table } from '../../shared/aws/table.ts';
import { listedAttributes } from '../../shared/model/image-record.ts';
import { shortCut } from './short-cut.ts';

const attributes = ['pk', 'sk', 'type', 'dateCreated'];

type Request = { hostname: string; headers: Record<string, string>; body?: string | Uint8Array };
type Handle = (request: Request, options: unknown) => Promise<{ response: object }>;
type Sign = (request: unknown, ...options: unknown[]) => Promise<unknown>;
type Configuration = {
  requestHandler: object;
  signer(scheme: object): Promise<object>;
};

/** The databases of this process, by the host that clients ask. */
const stores = new Map<string, Store>();

/**
 * From now on what a client of this process sends to the host of a database goes there directly: the client repeats and reads as ever. It does not
 * sign, which is a tenth of the work of such a test, and which nobody looks at here.
 */
async function connect(): Promise<void> {
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  const { requestHandler, signer } = client.config as unknown as Configuration;
  // All clients have the same classes of handler and signer.
  const handler: { handle: Handle } = Object.getPrototypeOf(requestHandler);
  const scheme = { name: 'sigv4', signingName: 'dynamodb', signingRegion: 'eu-central-1', properties: {} };
  const signature: { signRequest: Sign } = Object.getPrototypeOf(await signer(scheme));
  client.destroy();
  const { signRequest } = signature;
  signature.signRequest = function (request, ...options) {
    const { hostname } = request as Request;
    return stores.has(hostname) ? Promise.resolve(request) : signRequest.call(this, request, ...options);
  };
  const { handle } = handler;
  handler.handle = function (request, options) {
    const store = stores.get(request.hostname);
    return store ? answer(store, request) : handle.call(this, request, options);
  };
}

async function answer(store: Store, { headers, body = '' }: Request): Promise<{ response: object }> {
  const text = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const [, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
  const answered = (statusCode: number, output: object) => ({
    response: {
      statusCode,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: new Uint8Array(Buffer.from(JSON.stringify(output))),
    },
  });
  try {
    return answered(200, await store.run(operation, operation ? JSON.parse(text) : {}));
  } catch (error) {
    const { code, message, statusCode = 500 } = error as AwsError;
    return answered(statusCode, { __type: code, message });
  }
}

export async function openTable({ IndexName = 'listed-by-date', whole = false } = {}): Promise<{
  table: Table;
  close(): Promise<void>;
}> {
  if (stores.size === 0) await connect();
  const hostname = `${whole ? 'whole' : 'short'}-${stores.size}.test`;
  shortCut((endpoint) => (endpoint.startsWith('http://short-') ? stores.get(new URL(endpoint).hostname) : undefined));
  const store = await openStore(undefined, '000000000000', 'eu-central-1');
  stores.set(hostname, store);
  const variables = {
    AWS_ENDPOINT_URL: `http://${hostname}`,
    ...{ TABLE_NAME: 'builds', STACK_NAME: 'the-stack' },
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  Object.assign(process.env, variables);
  const client = new DynamoDBClient({});
  await client.send(
    new CreateTableCommand({
      TableName: 'builds',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName,
          KeySchema: [
            { AttributeName: 'type', KeyType: 'HASH' },
            { AttributeName: 'dateCreated', KeyType: 'RANGE' },
          ],
          Projection: {
            ProjectionType: 'INCLUDE',
            NonKeyAttributes: [...listedAttributes, 'pipeline', 'account', 'region'],
          },
        },
      ],
    }),
  );
  // A new table stands as CREATING for a moment; a first read tells when it answers.
  const table = dynamoTable('builds');
  for (;;) {
    try {
      await table.get({ pk: 'none', sk: 'none' });
      break;
    } catch (error) {
      if ((error as Error).name !== 'NotFoundError') throw error;
      await new Promise((later) => setTimeout(later, 5));
    }
  }
  client.destroy();
  const close = () => {
    // Other test files of this process shall not find them.
    for (const name of Object.keys(variables)) delete process.env[name];
    return store.close();
  };
  return { table, close };
}
