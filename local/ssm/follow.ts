// Carries one invocation from Pending to its end as the agent does: runs the script, again from the top after each reboot, within its times.
import type { Outcome } from '../machine/run.ts';
import { type Command, type Invocation, isOver, setStatus } from './command.ts';
import type { SystemsManager } from './room.ts';

/** What the agent takes for "reboot me and run this again". */
const rebootExitCode = 194;
/** The agent's CommandRetryLimit: after it the document is put aside and never answered. */
const mostResumes = 15;
/** What the agent reports for a script that it stopped; it takes the same code from a script for a time-out. */
const stoppedExitCode = 137;
/** GetCommandInvocation gives no more; the rest is in the log group. */
const keptCharacters = { stdout: 24_000, stderr: 8_000 };

export async function follow(
  manager: SystemsManager,
  command: Command,
  invocation: Invocation,
  stopping: AbortSignal,
): Promise<void> {
  const { cloud } = manager;
  const { instanceId } = invocation;
  invocation.started = cloud.clock.now();
  setStatus(cloud, command, invocation, 'InProgress');
  const over = AbortSignal.any([stopping, invocation.cancel.signal]);
  const done = new AbortController();
  expire(manager, command, invocation, AbortSignal.any([stopping, done.signal]));
  for (let runs = 0; ; runs++) {
    const { outcome, timedOut } = await runOnce(manager, command, invocation, over);
    if (stopping.aborted || isOver(invocation)) return;
    if (invocation.cancel.signal.aborted) return finish('Cancelled', stoppedExitCode);
    if (timedOut) return finish('TimedOut', stoppedExitCode, 'ExecutionTimedOut');
    const again = outcome.ended === 'instance' || (outcome.ended === 'exit' && outcome.exitCode === rebootExitCode);
    if (outcome.ended === 'exit' && !again) return finish(...statusOf(outcome.exitCode));
    // Past the limit nobody answers any more; with a dead instance neither: the service's own clock ends both.
    if (runs >= mostResumes) return;
    if (outcome.ended === 'exit') await manager.instances.reboot(instanceId);
    await manager.instances.whenOnline(instanceId, over).catch(() => {});
    if (stopping.aborted || isOver(invocation)) return;
    if (invocation.cancel.signal.aborted) return finish('Cancelled', stoppedExitCode);
  }

  function finish(
    status: 'Success' | 'Failed' | 'TimedOut' | 'Cancelled',
    exitCode: number,
    details: string = status,
  ): void {
    // The agent appends this line to the script's own.
    if (status === 'Failed')
      write(manager, command, invocation, 'stderr', [`failed to run commands: exit status ${exitCode}`]);
    invocation.responseCode = exitCode;
    done.abort();
    setStatus(cloud, command, invocation, status, details);
  }
}

function statusOf(exitCode: number): ['Success' | 'Failed' | 'TimedOut', number, string?] {
  if (exitCode === stoppedExitCode) return ['TimedOut', exitCode, 'ExecutionTimedOut'];
  return exitCode === 0 ? ['Success', 0] : ['Failed', exitCode];
}

async function runOnce(
  manager: SystemsManager,
  command: Command,
  invocation: Invocation,
  over: AbortSignal,
): Promise<{ outcome: Outcome; timedOut: boolean }> {
  const { commandId } = command;
  const done = new AbortController();
  const late = new AbortController();
  manager.cloud.clock.sleep(command.executionTimeoutSeconds * 1000, AbortSignal.any([done.signal, over])).then(
    () => late.abort(),
    () => {},
  );
  const outcome = await manager.instances.run(invocation.instanceId, commandId, {
    text: command.script,
    directory: `/var/lib/amazon/ssm/${invocation.instanceId}/document/orchestration/${commandId}/awsrunShellScript/0.awsrunShellScript`,
    workingDirectory: command.workingDirectory.startsWith('/') ? command.workingDirectory : '/usr/bin',
    environment: { SSM_COMMAND_ID: commandId },
    stdout: (lines) => write(manager, command, invocation, 'stdout', lines),
    stderr: (lines) => write(manager, command, invocation, 'stderr', lines),
    signal: AbortSignal.any([late.signal, over]),
  });
  done.abort();
  return { outcome, timedOut: late.signal.aborted };
}

function write(
  manager: SystemsManager,
  command: Command,
  invocation: Invocation,
  stream: 'stdout' | 'stderr',
  lines: string[],
): void {
  const room = keptCharacters[stream] - invocation[stream].length;
  if (room > 0) invocation[stream] += `${lines.join('\n')}\n`.slice(0, room);
  if (!command.logGroup) return;
  const name = `${command.commandId}/${invocation.instanceId}/aws-runShellScript/${stream}`;
  manager.cloud.logs.append(command, command.logGroup, name, lines);
}

/** The service's clock, over delivery and all runs: it also ends what no agent answers for, even when the script had begun. */
function expire(manager: SystemsManager, command: Command, invocation: Invocation, over: AbortSignal): void {
  manager.background(async () => {
    await manager.cloud.clock.sleep(command.expires - manager.cloud.clock.now(), over).catch(() => {});
    if (over.aborted || isOver(invocation)) return;
    setStatus(manager.cloud, command, invocation, 'TimedOut', 'DeliveryTimedOut');
    invocation.cancel.abort();
  });
}
