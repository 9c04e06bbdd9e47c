// Channels, read from the stack's table.
import { type Channel, channelKey, channelType } from '../../shared/model/channel.ts';
import { textOrder } from '../../shared/model/text-order.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type ChannelTable = {
  /** Every channel, by image name and channel. */
  channels(): Promise<Channel[]>;
  channel(imageName: string, channel: string): Promise<Channel | undefined>;
};

export function channelTable(connection: Connection, TableName: string): ChannelTable {
  const open = async () => {
    const [{ DynamoDBClient }, { DynamoDBDocumentClient, GetCommand, paginateQuery }] = await Promise.all([
      import('@aws-sdk/client-dynamodb'),
      import('@aws-sdk/lib-dynamodb'),
    ]);
    return { client: DynamoDBDocumentClient.from(new DynamoDBClient(connection)), GetCommand, paginateQuery };
  };
  return {
    channels: () =>
      attempt(`list the channels of the table ${TableName}`, async () => {
        const { client, paginateQuery } = await open();
        const query = {
          ...{ TableName, IndexName: 'listed-by-date', KeyConditionExpression: '#type = :type' },
          ExpressionAttributeNames: { '#type': 'type' },
          ExpressionAttributeValues: { ':type': channelType },
        };
        const found: Channel[] = [];
        for await (const { Items = [] } of paginateQuery({ client }, query))
          found.push(...Items.map(({ state }) => state as Channel));
        const order = ({ name, channel }: Channel) => `${name}/${channel}`;
        return found.sort((a, b) => textOrder(order(a), order(b)));
      }),
    channel: (imageName, channel) =>
      attempt(`read the channel ${channel} of ${imageName} from the table ${TableName}`, async () => {
        const { client, GetCommand } = await open();
        const request = { TableName, Key: channelKey(imageName, channel), ConsistentRead: true };
        return (await client.send(new GetCommand(request))).Item?.state as Channel | undefined;
      }),
  };
}
