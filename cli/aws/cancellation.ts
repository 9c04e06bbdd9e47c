// Ends a running execution; the stack's second net then cleans up and marks the image CANCELLED.
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export function canceller(connection: Connection): (executionArn: string) => Promise<void> {
  return (executionArn) =>
    attempt(`cancel ${executionArn}`, async () => {
      const { SFNClient, StopExecutionCommand } = await import('@aws-sdk/client-sfn');
      const client = new SFNClient(connection);
      try {
        await client.send(
          new StopExecutionCommand({ executionArn, error: 'CancelledError', cause: 'Cancelled from the command line' }),
        );
      } finally {
        client.destroy();
      }
    });
}
