// Runs of pipelines, read from the stack's table.
import { normalisedName } from '../../shared/model/names.ts';
import type { PipelineRun } from '../../shared/model/pipeline-run.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type ReadRuns = (pipeline: string, limit: number) => Promise<PipelineRun[]>;

/** Newest first. */
export function runReader(connection: Connection, TableName: string): ReadRuns {
  return (pipeline, limit) =>
    attempt(`list the runs of ${pipeline} in the table ${TableName}`, async () => {
      const [{ DynamoDBClient }, { DynamoDBDocumentClient, QueryCommand }] = await Promise.all([
        import('@aws-sdk/client-dynamodb'),
        import('@aws-sdk/lib-dynamodb'),
      ]);
      const client = DynamoDBDocumentClient.from(new DynamoDBClient(connection));
      try {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :run)',
            ExpressionAttributeValues: { ':pk': `pipeline#${normalisedName(pipeline)}`, ':run': 'run#' },
            ScanIndexForward: false,
            Limit: limit,
          }),
        );
        return Items.map(({ pk: _, sk: __, expires: ___, ...run }) => run as PipelineRun);
      } finally {
        client.destroy();
      }
    });
}
