// Our waits end at deadlines of hours, noted in the ledger. The bench moves the notes back and ends the waits as a missed heartbeat does.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendTaskFailureCommand, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { localConnection } from '../../cli/aws/connection.ts';
import { readStackOutputs } from '../../cli/aws/stack-outputs.ts';
import type { Cloud } from './cloud.ts';

const week = 7 * 24 * 60 * 60 * 1000;

export async function expire(cloud: Cloud, image: string): Promise<void> {
  const connection = localConnection(cloud.endpoint);
  const { tableName: TableName } = await readStackOutputs(connection, 'local');
  const table = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
  const Key = { pk: image, sk: 'ledger' };
  const { Item } = await table.send(new GetCommand({ TableName, Key }));
  for (const key of Object.keys(Item!.entries)) {
    await table.send(
      new UpdateCommand({
        ...{ TableName, Key, UpdateExpression: 'SET entries.#key.#since = :then' },
        ExpressionAttributeNames: { '#key': key, '#since': 'since' },
        ExpressionAttributeValues: { ':then': Date.now() - week },
      }),
    );
  }
  const { Items = [] } = await table.send(
    new ScanCommand({
      ...{
        TableName,
        FilterExpression: 'begins_with(pk, :wait) AND #image = :image AND attribute_not_exists(#result)',
      },
      ExpressionAttributeNames: { '#image': 'image', '#result': 'result' },
      ExpressionAttributeValues: { ':wait': 'wait#', ':image': image },
    }),
  );
  const waiting = Items.filter((item) => item.token !== undefined);
  if (waiting.length === 0) throw new Error(`${image} does not wait for anything`);
  const machine = new SFNClient(connection);
  await Promise.all(
    waiting.map(({ token }) =>
      machine.send(new SendTaskFailureCommand({ taskToken: token, error: 'States.HeartbeatTimeout' })),
    ),
  );
}
