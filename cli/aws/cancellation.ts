// Ends a running execution; the stack's second net then cleans up and marks the image CANCELLED.
import { CommandError } from '../command-error.ts';
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
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ExecutionDoesNotExist') throw error;
        throw new CommandError(
          `The build has no execution ${executionArn} (yet): whatever was to start it did not get that far.\n` +
            'Try again in a minute; the hourly sweep ends a build that never ran.',
          { cause: error },
        );
      } finally {
        client.destroy();
      }
    });
}
