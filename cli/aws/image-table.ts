// Image records, read from the stack's table.
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type ImageTable = {
  read(arn: string): Promise<ImageRecord | undefined>;
  /** Newest first; asks for further pages only as they are wanted. */
  newestFirst(): AsyncGenerator<ImageRecord>;
};

export function imageTable(connection: Connection, tableName: string): ImageTable {
  let opened: ReturnType<typeof open> | undefined;
  const table = () => {
    opened ??= open(connection);
    return opened;
  };
  return {
    read: (arn) =>
      attempt(`read the image ${arn} from the table ${tableName}`, async () => {
        const { client, GetCommand } = await table();
        const { Item } = await client.send(
          new GetCommand({ TableName: tableName, Key: { pk: arn, sk: 'image' }, ConsistentRead: true }),
        );
        return Item as ImageRecord | undefined;
      }),
    async *newestFirst() {
      let start: Record<string, unknown> | undefined;
      do {
        const page = await attempt(`list the images of the table ${tableName}`, async () => {
          const { client, QueryCommand } = await table();
          return client.send(
            new QueryCommand({
              TableName: tableName,
              IndexName: 'images-by-date',
              KeyConditionExpression: '#type = :ami',
              ExpressionAttributeNames: { '#type': 'type' },
              ExpressionAttributeValues: { ':ami': 'AMI' },
              ScanIndexForward: false,
              ExclusiveStartKey: start,
            }),
          );
        });
        yield* (page.Items ?? []) as ImageRecord[];
        start = page.LastEvaluatedKey;
      } while (start);
    },
  };
}

async function open(connection: Connection) {
  const [{ DynamoDBClient }, { DynamoDBDocumentClient, GetCommand, QueryCommand }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
  ]);
  return { client: DynamoDBDocumentClient.from(new DynamoDBClient(connection)), GetCommand, QueryCommand };
}
