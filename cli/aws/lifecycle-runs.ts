// Runs of lifecycle policies, read from the stack's table.
import { type LifecycleRun, lifecyclePartition } from '../../shared/model/lifecycle.ts';
import { normalisedName } from '../../shared/model/names.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type ReadLifecycleRuns = (policy: string, limit: number) => Promise<LifecycleRun[]>;

/** Newest first. */
export function lifecycleRunReader(connection: Connection, TableName: string): ReadLifecycleRuns {
  return (policy, Limit) =>
    attempt(`list the runs of the lifecycle policy ${policy} in the table ${TableName}`, async () => {
      const [{ DynamoDBClient }, { DynamoDBDocumentClient, QueryCommand }] = await Promise.all([
        import('@aws-sdk/client-dynamodb'),
        import('@aws-sdk/lib-dynamodb'),
      ]);
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
      try {
        const { Items = [] } = await client.send(
          new QueryCommand({
            ...{ TableName, Limit, ScanIndexForward: false },
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :run)',
            ExpressionAttributeValues: { ':pk': lifecyclePartition(normalisedName(policy)), ':run': 'run#' },
          }),
        );
        return Items.map(({ pk: _, sk: __, expires: ___, ...run }) => run as LifecycleRun);
      } finally {
        client.destroy();
      }
    });
}
