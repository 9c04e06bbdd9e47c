// Image records, read from the stack's table.
import type { ImageRecord, ListedImage } from '../../shared/model/image-record.ts';
import type { LedgerView } from '../../shared/model/ownership.ts';
import { regionsKey, type SweepReport, sweepReportKey } from '../../shared/model/sweep-report.ts';
import type { Inventory } from '../../shared/software/inventory.ts';
import { unpackInventory } from '../../shared/software/packed-inventory.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type ImageTable = {
  read(arn: string): Promise<ImageRecord | undefined>;
  readLedger(arn: string): Promise<LedgerView | undefined>;
  /** Undefined where none was taken. */
  readInventory(arn: string): Promise<Inventory | undefined>;
  readSweepReport(): Promise<SweepReport | undefined>;
  /** Every region that a plan ever named. */
  readRegions(): Promise<string[]>;
  /** Every other account that a plan ever named. */
  readAccounts(): Promise<string[]>;
  /** Newest first; asks for further pages only as they are wanted. */
  newestFirst(): AsyncGenerator<ListedImage>;
};

export function imageTable(connection: Connection, tableName: string): ImageTable {
  let opened: ReturnType<typeof open> | undefined;
  const table = () => {
    opened ??= open(connection);
    return opened;
  };
  const item = (what: string, Key: { pk: string; sk: string }) =>
    attempt(`read ${what} from the table ${tableName}`, async () => {
      const { client, GetCommand } = await table();
      return (await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }))).Item;
    });
  // Those of target accounts have the account behind a blank.
  const places = async () => [
    ...(((await item('the regions in use', regionsKey))?.regions as Set<string> | undefined) ?? []),
  ];
  return {
    read: async (arn) => (await item(`the image ${arn}`, { pk: arn, sk: 'image' })) as ImageRecord | undefined,
    readLedger: async (arn) =>
      (await item(`the ledger of ${arn}`, { pk: arn, sk: 'ledger' })) as LedgerView | undefined,
    readInventory: async (arn) => {
      const found = await item(`the software inventory of ${arn}`, { pk: arn, sk: 'inventory' });
      return found && unpackInventory(found.packed as Uint8Array);
    },
    readSweepReport: async () => (await item('the last sweep', sweepReportKey))?.report as SweepReport | undefined,
    readRegions: async () => (await places()).filter((place) => !place.includes(' ')),
    readAccounts: async () => [...new Set((await places()).flatMap((place) => place.split(' ')[1] ?? []))],
    async *newestFirst() {
      let start: Record<string, unknown> | undefined;
      do {
        const page = await attempt(`list the images of the table ${tableName}`, async () => {
          const { client, QueryCommand } = await table();
          return client.send(
            new QueryCommand({
              TableName: tableName,
              IndexName: 'listed-by-date',
              KeyConditionExpression: '#type = :ami',
              ExpressionAttributeNames: { '#type': 'type' },
              ExpressionAttributeValues: { ':ami': 'AMI' },
              ScanIndexForward: false,
              ExclusiveStartKey: start,
            }),
          );
        });
        yield* (page.Items ?? []) as ListedImage[];
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
