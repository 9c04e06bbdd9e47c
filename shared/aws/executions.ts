// Step Functions: starting executions and completing waiting tasks.
import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Postponed } from '../build/launch-turn.ts';
import type { Outcome } from '../build/outcome.ts';
import { attempt, codeOf } from './fault.ts';

/** `status` is the API's: RUNNING, PENDING_REDRIVE, or how it ended. */
export type ExecutionView = { status: string; error?: string | undefined; cause?: string | undefined };

export type Executions = {
  /** Starts the execution of that name, once: one that exists already, running or ended, is left alone. */
  start(stateMachineArn: string, name: string, input: object): Promise<void>;
  /** Completes a waiting task; false when it was no longer waiting. */
  complete(token: string, outcome: Outcome | Postponed): Promise<boolean>;
  /** Undefined for one that was never started, or that ended more than 90 days ago (Step Functions quotas). */
  look(executionArn: string): Promise<ExecutionView | undefined>;
};

/** A token that is closed or stale is answered with one of these; InvalidToken would be our own mistake (Step Functions API model). */
const closed = ['TaskTimedOut', 'TaskDoesNotExist'];

/** Step Functions of the function's own region. `cause` is cut to the API's 32,768 characters. */
export function executions(): Executions {
  const client = new SFNClient({});
  return {
    start: (stateMachineArn, name, input) =>
      attempt(`Tried to start execution ${name}`, async () => {
        try {
          await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
        } catch (thrown) {
          if (codeOf(thrown) !== 'ExecutionAlreadyExists') throw thrown;
        }
      }),
    complete: (taskToken, outcome) =>
      attempt('Tried to complete a waiting task', async () => {
        try {
          await (outcome.ok
            ? client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))
            : client.send(
                new SendTaskFailureCommand({ taskToken, error: outcome.error, cause: outcome.cause.slice(0, 32_768) }),
              ));
          return true;
        } catch (thrown) {
          if (closed.includes(codeOf(thrown) ?? '')) return false;
          throw thrown;
        }
      }),
    look: (executionArn) =>
      attempt(`Tried to look at execution ${executionArn}`, async () => {
        try {
          const { status = '', error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
          return { status, error, cause };
        } catch (thrown) {
          if (codeOf(thrown) === 'ExecutionDoesNotExist') return undefined;
          throw thrown;
        }
      }),
  };
}
