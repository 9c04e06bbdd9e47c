// What became of commands: GetCommandInvocation, ListCommands, ListCommandInvocations and CancelCommand.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { type Command, commandView, type Invocation, isOver, setStatus } from './command.ts';
import { page } from './page.ts';
import type { SystemsManager } from './room.ts';

export function invocationOperations(manager: SystemsManager): Record<string, Operation> {
  const { commands } = manager;
  const mine = (caller: Caller) =>
    [...commands.values()]
      .filter((command) => command.accountId === caller.accountId && command.region === caller.region)
      .reverse();

  /** Of one command or one instance, where the request says so. */
  function asked(input: Input, caller: Caller): Command[] {
    if (input.Filters)
      throw new AwsError(
        'ValidationException',
        'The local cloud lists commands without Filters: give CommandId or InstanceId',
      );
    if (input.CommandId && !mine(caller).some((command) => command.commandId === input.CommandId)) {
      throw new AwsError('InvalidCommandId', `The command ID ${input.CommandId} does not exist`);
    }
    return mine(caller).filter(
      (command) =>
        (input.CommandId ?? command.commandId) === command.commandId &&
        (!input.InstanceId || command.invocations.some((invocation) => invocation.instanceId === input.InstanceId)),
    );
  }

  return {
    GetCommandInvocation(input, caller) {
      const command = mine(caller).find((one) => one.commandId === input.CommandId);
      const invocation = command?.invocations.find((one) => one.instanceId === input.InstanceId);
      if (!command || !invocation)
        throw new AwsError(
          'InvocationDoesNotExist',
          `No invocation of the command ${input.CommandId} on ${input.InstanceId}`,
        );
      if (input.PluginName !== undefined && input.PluginName !== 'aws:runShellScript') {
        throw new AwsError(
          'InvalidPluginName',
          `The command has no plugin ${input.PluginName}: it has aws:runShellScript`,
        );
      }
      return {
        CommandId: command.commandId,
        InstanceId: invocation.instanceId,
        Comment: command.comment,
        DocumentName: command.documentName,
        DocumentVersion: '$DEFAULT',
        PluginName: 'aws:runShellScript',
        ResponseCode: invocation.responseCode,
        ExecutionStartDateTime: iso(invocation.started),
        ExecutionEndDateTime: iso(invocation.ended),
        ExecutionElapsedTime: elapsed(invocation),
        Status: invocation.status,
        StatusDetails: invocation.statusDetails,
        // Empty until the end, as the agent reports once.
        StandardOutputContent: isOver(invocation) ? invocation.stdout : '',
        StandardErrorContent: isOver(invocation) ? invocation.stderr : '',
        CloudWatchOutputConfig: commandView(command).CloudWatchOutputConfig,
      };
    },
    ListCommands(input, caller) {
      const { items, token } = page(asked(input, caller), input);
      return { Commands: items.map(commandView), ...token };
    },
    ListCommandInvocations(input, caller) {
      const all = asked(input, caller).flatMap((command) =>
        command.invocations
          .filter((invocation) => !input.InstanceId || invocation.instanceId === input.InstanceId)
          .map((invocation) => ({
            CommandId: command.commandId,
            InstanceId: invocation.instanceId,
            Comment: command.comment,
            DocumentName: command.documentName,
            RequestedDateTime: new Date(command.requested),
            Status: invocation.status,
            StatusDetails: invocation.statusDetails,
            CommandPlugins: [],
          })),
      );
      const { items, token } = page(all, input);
      return { CommandInvocations: items, ...token };
    },
    CancelCommand(input, caller) {
      const command = asked({ CommandId: input.CommandId ?? '' }, caller)[0]!;
      for (const invocation of command.invocations) {
        const named = !input.InstanceIds?.length || input.InstanceIds.includes(invocation.instanceId);
        if (!named || isOver(invocation)) continue;
        setStatus(manager.cloud, command, invocation, 'Cancelling');
        invocation.cancel.abort();
      }
      return {};
    },
  };
}

const iso = (time: number | undefined) => (time === undefined ? '' : new Date(time).toISOString());

function elapsed({ started, ended }: Invocation): string {
  return started === undefined || ended === undefined ? '' : `PT${(ended - started) / 1000}S`;
}
