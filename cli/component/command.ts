// One script on one instance by Run Command: sent, its output followed, its end awaited.
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetCommandInvocationCommandOutput, SSMClient } from '@aws-sdk/client-ssm';
import { attempt } from '../aws/attempt.ts';
import { componentLog, streamName } from '../aws/component-log.ts';
import type { Connection } from '../aws/connection.ts';
import { until } from './throw-away-instance.ts';

export type CommandRequest = {
  instanceId: string;
  script: string;
  comment: string;
  /** Given the lines of the script's stdout as they come, unfit for a terminal. */
  heard(lines: string[]): void;
  signal: AbortSignal;
};

/** How Run Command ended it; `stderr` holds the result. */
export type CommandEnd = { status: string; exitCode: number; stderr: string };

const logGroup = '/image-builder/component-run';
/** Run Command's largest, in seconds. */
const executionTimeout = '172800';
const pause = 150;

export async function runCommand(connection: Connection, request: CommandRequest): Promise<CommandEnd> {
  const { instanceId, heard, signal } = request;
  const { SSMClient, GetCommandInvocationCommand } = await import('@aws-sdk/client-ssm');
  const client = new SSMClient(connection);
  const log = componentLog(connection);
  const CommandId = await until(signal, `The agent of the instance ${instanceId} has not answered`, () =>
    send(client, request),
  );
  let token: string | undefined;
  const listen = async () => {
    for (;;) {
      const page = await log.read(logGroup, streamName(CommandId, instanceId), token);
      if (page.lines.length > 0) heard(page.lines);
      if (page.token === token || page.lines.length === 0) break;
      token = page.token;
    }
  };
  for (;;) {
    signal.throwIfAborted();
    const invocation = await attempt(`look at the command ${CommandId}`, () =>
      client.send(new GetCommandInvocationCommand({ CommandId, InstanceId: instanceId })),
    );
    // Read after the look: what was written before the end is then never missed.
    await listen();
    if (!underWay.includes(invocation.Status ?? '')) return endOf(invocation);
    await sleep(pause);
  }
}

const underWay = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

function endOf(invocation: GetCommandInvocationCommandOutput): CommandEnd {
  const { Status = '', StatusDetails = Status, ResponseCode = -1, StandardErrorContent = '' } = invocation;
  return { status: StatusDetails, exitCode: ResponseCode, stderr: StandardErrorContent };
}

/** The command's id; undefined while the agent is not there yet. */
async function send(client: SSMClient, { instanceId, script, comment }: CommandRequest): Promise<string | undefined> {
  const { SendCommandCommand } = await import('@aws-sdk/client-ssm');
  return attempt(`run ${comment} on the instance ${instanceId}`, async () => {
    try {
      const { Command } = await client.send(
        new SendCommandCommand({
          InstanceIds: [instanceId],
          DocumentName: 'AWS-RunShellScript',
          Comment: comment.slice(0, 100),
          Parameters: { commands: [script], executionTimeout: [executionTimeout] },
          CloudWatchOutputConfig: { CloudWatchOutputEnabled: true, CloudWatchLogGroupName: logGroup },
        }),
      );
      return Command!.CommandId!;
    } catch (error) {
      if (error instanceof Error && error.name === 'InvalidInstanceId') return undefined;
      throw error;
    }
  });
}
