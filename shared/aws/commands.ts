// SSM Run Command on one instance: one SDK call per function, faults translated, no decisions.
import {
  CancelCommandCommand,
  DescribeInstanceInformationCommand,
  GetCommandInvocationCommand,
  SendCommandCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { AgentView, InvocationView } from '../build/command.ts';
import { deliverySeconds } from '../build/deadline.ts';
import { attempt, codeOf } from './fault.ts';

export type CommandRequest = {
  instanceId: string;
  script: string;
  comment: string;
  /** Seconds one run of the script may take: Run Command accepts 5 … 172800 and uses 3600 for anything else. */
  executionTimeoutSeconds: number;
  logGroupName: string;
};

export type Commands = {
  send(request: CommandRequest): Promise<string>;
  look(commandId: string, instanceId: string): Promise<InvocationView | undefined>;
  cancel(commandId: string, instanceId: string): Promise<void>;
  /** The agent as Systems Manager knows it; undefined where it has not registered. */
  agent(instanceId: string): Promise<AgentView | undefined>;
};

/** A command that is forgotten, or an instance that is gone, leaves nothing to cancel (Systems Manager API model, CancelCommand). */
const over = ['InvalidCommandId', 'InvalidInstanceId'];

/** Run Command in the function's own region. */
export function commands(): Commands {
  const client = new SSMClient({});
  return {
    send: (request) =>
      attempt(`Tried to run "${request.comment}" on instance ${request.instanceId}`, async () => {
        const answer = await client.send(
          new SendCommandCommand({
            InstanceIds: [request.instanceId],
            DocumentName: 'AWS-RunShellScript',
            Comment: request.comment.slice(0, 100),
            TimeoutSeconds: deliverySeconds,
            Parameters: { commands: [request.script], executionTimeout: [String(request.executionTimeoutSeconds)] },
            CloudWatchOutputConfig: { CloudWatchOutputEnabled: true, CloudWatchLogGroupName: request.logGroupName },
          }),
        );
        return answer.Command!.CommandId!;
      }),
    look: (CommandId, InstanceId) =>
      attempt(`Tried to look at command ${CommandId} on instance ${InstanceId}`, async () => {
        try {
          const answer = await client.send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
          return {
            status: answer.Status ?? 'Pending',
            statusDetails: (answer.StatusDetails ?? '').replaceAll(' ', ''),
            exitCode: answer.ResponseCode ?? -1,
            stderr: answer.StandardErrorContent ?? '',
            stdout: answer.StandardOutputContent ?? '',
          };
        } catch (thrown) {
          if (codeOf(thrown) === 'InvocationDoesNotExist') return undefined;
          throw thrown;
        }
      }),
    agent: (instanceId) =>
      attempt(`Tried to look at the SSM agent of instance ${instanceId}`, async () => {
        const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }];
        const answer = await client.send(new DescribeInstanceInformationCommand({ Filters }));
        const [found] = answer.InstanceInformationList ?? [];
        return found && { status: found.PingStatus ?? 'Online', lastPing: found.LastPingDateTime?.getTime() ?? 0 };
      }),
    cancel: (CommandId, InstanceId) =>
      attempt(`Tried to cancel command ${CommandId} on instance ${InstanceId}`, async () => {
        try {
          await client.send(new CancelCommandCommand({ CommandId, InstanceIds: [InstanceId] }));
        } catch (thrown) {
          if (!over.includes(codeOf(thrown) ?? '')) throw thrown;
        }
      }),
  };
}
