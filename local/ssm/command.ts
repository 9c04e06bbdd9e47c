// A command of Run Command and its invocation on each instance, as the API shows them.
import type { Cloud } from '../cloud.ts';

/** The statuses that events and the coarse Status field know. */
export type Status = 'Pending' | 'InProgress' | 'Success' | 'Cancelled' | 'Failed' | 'TimedOut' | 'Cancelling';

export type Invocation = {
  instanceId: string;
  status: Status;
  /** Tells the kinds of time-out apart: ExecutionTimedOut (by the agent), DeliveryTimedOut (by the service). */
  statusDetails: string;
  responseCode: number;
  started?: number;
  ended?: number;
  stdout: string;
  stderr: string;
  /** Ends the script on the instance. */
  cancel: AbortController;
};

export type Command = {
  accountId: string;
  region: string;
  commandId: string;
  documentName: string;
  comment: string;
  parameters: Record<string, string[]>;
  script: string;
  workingDirectory: string;
  executionTimeoutSeconds: number;
  timeoutSeconds: number;
  requested: number;
  expires: number;
  /** Where the output goes beside the invocation. */
  logGroup?: string;
  invocations: Invocation[];
};

export const finalStatuses: Status[] = ['Success', 'Cancelled', 'Failed', 'TimedOut'];

export function isOver({ status }: Invocation): boolean {
  return finalStatuses.includes(status);
}

/** Sets the status and tells of it. The event's status is the coarse one, and its command's script is not in it. */
export function setStatus(
  cloud: Cloud,
  command: Command,
  invocation: Invocation,
  status: Status,
  details: string = status,
): void {
  invocation.status = status;
  invocation.statusDetails = details;
  if (isOver(invocation)) invocation.ended = cloud.clock.now();
  const { accountId: account, region, commandId, documentName, requested } = command;
  cloud.bus.put({
    source: 'aws.ssm',
    'detail-type': 'EC2 Command Invocation Status-change Notification',
    account,
    region,
    resources: [`arn:aws:ec2:${region}:${account}:instance/${invocation.instanceId}`],
    detail: {
      'command-id': commandId,
      'document-name': documentName,
      'instance-id': invocation.instanceId,
      'requested-date-time': new Date(requested).toISOString(),
      status,
    },
  });
}

/** The command's own status is that of its invocations together. */
export function commandStatus({ invocations }: Command): Status {
  const statuses = invocations.map((invocation) => invocation.status);
  const order: Status[] = ['InProgress', 'Cancelling', 'Pending', 'TimedOut', 'Failed', 'Cancelled'];
  return order.find((status) => statuses.includes(status)) ?? 'Success';
}

export function commandView(command: Command): Record<string, unknown> {
  const { invocations, logGroup } = command;
  const with_ = (statuses: Status[]) => invocations.filter((invocation) => statuses.includes(invocation.status)).length;
  const status = commandStatus(command);
  return {
    CommandId: command.commandId,
    DocumentName: command.documentName,
    DocumentVersion: '$DEFAULT',
    Comment: command.comment,
    ExpiresAfter: new Date(command.expires),
    Parameters: command.parameters,
    InstanceIds: invocations.map((invocation) => invocation.instanceId),
    Targets: [],
    RequestedDateTime: new Date(command.requested),
    Status: status,
    StatusDetails: status,
    MaxConcurrency: '50',
    MaxErrors: '0',
    TargetCount: invocations.length,
    CompletedCount: with_(finalStatuses),
    ErrorCount: with_(['Failed', 'TimedOut']),
    DeliveryTimedOutCount: invocations.filter((invocation) => invocation.statusDetails === 'DeliveryTimedOut').length,
    TimeoutSeconds: command.timeoutSeconds,
    CloudWatchOutputConfig: { CloudWatchOutputEnabled: logGroup !== undefined, CloudWatchLogGroupName: logGroup ?? '' },
  };
}
