// CloudWatch log groups of pipelines, made with a retention so that nothing is kept for ever.
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { attempt, codeOf } from './fault.ts';

export type LogGroups = { ensure(logGroupName: string, retentionInDays: number): Promise<void> };

export function logGroups(): LogGroups {
  const client = new CloudWatchLogsClient({});
  return {
    ensure: (logGroupName, retentionInDays) =>
      attempt(`Tried to make log group ${logGroupName}`, async () => {
        try {
          await client.send(new CreateLogGroupCommand({ logGroupName }));
        } catch (thrown) {
          if (codeOf(thrown) !== 'ResourceAlreadyExistsException') throw thrown;
        }
        await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays }));
      }),
  };
}
