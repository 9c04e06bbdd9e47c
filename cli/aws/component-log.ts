// The output of components, as Run Command writes it to CloudWatch Logs.
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type LogPage = {
  lines: string[] /** Where the next page begins; the same token again: nothing new yet. */;
  token?: string;
};

export type ComponentLog = { read(group: string, stream: string, token?: string): Promise<LogPage> };

/** The stream that AWS-RunShellScript writes for one command on one instance. */
export function streamName(commandId: string, instanceId: string): string {
  return `${commandId}/${instanceId}/aws-runShellScript/stdout`;
}

/** A group or stream that is not there (yet) reads as empty. */
export function componentLog(connection: Connection): ComponentLog {
  let opened: ReturnType<typeof open> | undefined;
  return {
    read: (group, stream, token) =>
      attempt(`read the log ${group} ${stream}`, async () => {
        opened ??= open(connection);
        const { client, GetLogEventsCommand } = await opened;
        try {
          const { events = [], nextForwardToken } = await client.send(
            new GetLogEventsCommand({
              logGroupName: group,
              logStreamName: stream,
              startFromHead: true,
              nextToken: token,
            }),
          );
          return { lines: events.flatMap(({ message = '' }) => linesOf(message)), token: nextForwardToken };
        } catch (error) {
          if (error instanceof Error && error.name === 'ResourceNotFoundException') return { lines: [], token };
          throw error;
        }
      }),
  };
}

// The agent sends what came since its last look as one event of several lines.
function linesOf(message: string): string[] {
  return message.replace(/\n$/, '').split('\n');
}

async function open(connection: Connection) {
  const { CloudWatchLogsClient, GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  return { client: new CloudWatchLogsClient(connection), GetLogEventsCommand };
}
