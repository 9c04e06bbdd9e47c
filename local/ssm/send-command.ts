// SendCommand: checks the document's parameters and the instances, then sets the invocations going.
import { randomUUID } from 'node:crypto';
import { AwsError, type Caller, type Input } from '../service.ts';
import { type Command, commandView } from './command.ts';
import { follow } from './follow.ts';
import type { SystemsManager } from './room.ts';

const known = [
  'InstanceIds',
  'DocumentName',
  'DocumentVersion',
  'TimeoutSeconds',
  'Comment',
  'Parameters',
  'CloudWatchOutputConfig',
];
/** Commands kept to be asked about. */
const remembered = 2000;

export function sendCommand(manager: SystemsManager, input: Input, caller: Caller): unknown {
  const { cloud } = manager;
  const unknown = Object.keys(input).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new AwsError(
      'ValidationException',
      `The local cloud's SendCommand does not support ${unknown.join(', ')} (it takes ${known.join(', ')})`,
    );
  }
  const documentName = String(input.DocumentName ?? '').replace(/^arn:aws:ssm:[a-z\d-]+::document\//, '');
  if (documentName !== 'AWS-RunShellScript') {
    throw new AwsError(
      'InvalidDocument',
      `Document with name ${documentName} does not exist: the local cloud has AWS-RunShellScript only.`,
    );
  }
  const parameters = documentParameters(input.Parameters);
  const timeoutSeconds = Number(input.TimeoutSeconds ?? 3600);
  if (!(timeoutSeconds >= 30 && timeoutSeconds <= 2_592_000)) {
    throw new AwsError(
      'ValidationException',
      `Value '${input.TimeoutSeconds}' at 'timeoutSeconds' must be between 30 and 2592000`,
    );
  }
  const instanceIds = Array.isArray(input.InstanceIds) ? input.InstanceIds.map(String) : [];
  if (instanceIds.length === 0 || instanceIds.length > 50) {
    throw new AwsError('InvalidInstanceId', `InstanceIds must name 1 to 50 instances, not ${instanceIds.length}`);
  }
  refuseUnreached(manager, caller, instanceIds);

  const executionTimeoutSeconds = executionTimeout(parameters.executionTimeout?.[0]);
  const requested = cloud.clock.now();
  const command: Command = {
    accountId: caller.accountId,
    region: caller.region,
    commandId: randomUUID(),
    documentName,
    comment: String(input.Comment ?? ''),
    parameters,
    script: (parameters.commands ?? []).join('\n'),
    workingDirectory: parameters.workingDirectory?.[0] ?? '',
    executionTimeoutSeconds,
    timeoutSeconds,
    requested,
    expires: requested + (timeoutSeconds + executionTimeoutSeconds) * 1000,
    ...logGroup(input.CloudWatchOutputConfig, documentName),
    invocations: instanceIds.map((instanceId) => ({
      ...{ instanceId, status: 'Pending', statusDetails: 'Pending', responseCode: -1, stdout: '', stderr: '' },
      cancel: new AbortController(),
    })),
  };
  manager.commands.set(command.commandId, command);
  const oldest = manager.commands.keys().next().value;
  if (manager.commands.size > remembered && oldest) manager.commands.delete(oldest);
  const answer = { Command: commandView(command) };
  for (const invocation of command.invocations)
    manager.background((signal) => follow(manager, command, invocation, signal));
  return answer;
}

function documentParameters(given: unknown): Record<string, string[]> {
  const parameters = Object.entries((given ?? {}) as Record<string, unknown>);
  const expected = ['commands', 'workingDirectory', 'executionTimeout'];
  for (const [name, values] of parameters) {
    if (!expected.includes(name))
      throw new AwsError(
        'InvalidParameters',
        `The document AWS-RunShellScript has no parameter ${name}: it has ${expected.join(', ')}`,
      );
    if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) {
      throw new AwsError('SerializationException', `The parameter ${name} must be a list of strings`);
    }
  }
  const checked = Object.fromEntries(parameters) as Record<string, string[]>;
  if (!checked.commands?.length)
    throw new AwsError('InvalidParameters', 'The document AWS-RunShellScript needs the parameter commands');
  return checked;
}

/** The agent takes 5 to 172800 seconds, and outside of them silently 3600. */
function executionTimeout(given: string | undefined): number {
  const seconds = Number(given ?? 3600);
  return Number.isInteger(seconds) && seconds >= 5 && seconds <= 172_800 ? seconds : 3600;
}

function logGroup(config: Input | undefined, documentName: string): Pick<Command, 'logGroup'> {
  if (config?.CloudWatchOutputEnabled !== true) return {};
  return { logGroup: config.CloudWatchLogGroupName || `/aws/ssm/${documentName}` };
}

function refuseUnreached(manager: SystemsManager, caller: Caller, instanceIds: string[]): void {
  const unreached = instanceIds.filter((id) => !manager.instances.find(caller, id)?.online);
  if (unreached.length === 0) return;
  const unregistered = unreached.filter((id) => manager.instances.find(caller, id)?.instanceProfile === false);
  const hint =
    unregistered.length > 0
      ? ` (${unregistered.join(', ')} has no instance profile, without which its agent cannot register)`
      : '';
  throw new AwsError(
    'InvalidInstanceId',
    `Instances [[${unreached.join(', ')}]] not in a valid state for account ${caller.accountId}${hint}`,
  );
}
