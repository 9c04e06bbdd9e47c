// Calls a function of the stack and turns the error it reports into one for the user.
import { CommandError } from '../command-error.ts';
import { printableLines } from '../terminal-text.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type Invoke = (functionName: string, what: string, input: object) => Promise<unknown>;

/** `what` completes "Could not …". Errors that say the input is wrong have exit code 2. */
export function invoker(connection: Connection): Invoke {
  return (functionName, what, input) =>
    attempt(what, async () => {
      const { LambdaClient, InvokeCommand } = await import('@aws-sdk/client-lambda');
      const client = new LambdaClient(connection);
      try {
        const answer = await client.send(
          new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(input) }),
        );
        const payload: unknown = JSON.parse(answer.Payload?.transformToString() || 'null');
        if (answer.FunctionError) throw functionError(functionName, what, payload);
        return payload;
      } finally {
        client.destroy();
      }
    });
}

type Reported = { errorType?: string; errorMessage?: string };

/** What a function said of its failure, where that is what an error is of. */
export function reportedError(error: unknown): Reported | undefined {
  return error instanceof CommandError && typeof (error.cause as Reported | undefined)?.errorType === 'string'
    ? (error.cause as Reported)
    : undefined;
}

const invalidInput = new Set(['InvalidRequestError', 'InvalidDocumentError', 'NotFoundError']);

export function functionError(functionName: string, what: string, payload: unknown): CommandError {
  const { errorType = 'Error', errorMessage = '' } = (payload ?? {}) as Reported;
  const message = printableLines(`${errorType}: ${errorMessage}`).join('\n');
  if (invalidInput.has(errorType)) return new CommandError(`Could not ${what}: ${message}`, { exitCode: 2 });
  return new CommandError(
    `Could not ${what}: ${message}\nThe function ${functionName} failed; its log is in /aws/lambda/${functionName}.`,
    { cause: payload },
  );
}
