// What became of one command on one instance, and the sentence a user reads about it.
import type { ComponentResult } from '../component/result.ts';
import type { ErrorName } from '../errors.ts';
import { limits } from './deadline.ts';
import { type InstanceView, isLost } from './launch.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';
import type { PlannedCommand, Stage } from './plan.ts';

const underWay = ['Pending', 'InProgress', 'Delayed', 'Cancelling'];

/** The agent takes this exit code for a time-out of its own, though any SIGKILL leaves it (amazon-ssm-agent, runscript plugin). */
const killedExitCode = 137;
const killedText =
  'which is either its time-out or a kill with SIGKILL: by the script itself, or by the kernel for want of memory';

/** What Run Command tells of a command on its instance; details without blanks, exit code -1 before the start. */
export type InvocationView = {
  status: string;
  statusDetails: string;
  exitCode: number;
  stderr: string;
  /** Its first 24,000 characters (Systems Manager API reference, GetCommandInvocation). */
  stdout?: string;
};

/** What Systems Manager tells of the agent of an instance. `lastPing`: epoch milliseconds. */
export type AgentView = { status: string; lastPing: number };

/** `error`: what it is where not the script is to blame. */
export type CommandEnd = { status: 'success' | 'failed'; reason?: string; error?: ErrorName };

/** What is remembered of one command: its parsed result, or why there is none. */
export type CommandRecord = CommandEnd & { label: string; commandId: string; result?: ComponentResult };

/** Also for the `status` of a command's event. */
export const isUnderWay = ({ status }: Pick<InvocationView, 'status'>) => underWay.includes(status);

/**
 * How a command ended; undefined while it runs. A command whose instance is gone stays "in progress" until its
 * time-out (Systems Manager user guide, monitoring commands), so the instance's own state decides then.
 */
export function commandEnd(
  { label }: PlannedCommand,
  invocation: InvocationView | undefined,
  instance: InstanceView | undefined,
  result: ComponentResult | undefined,
): CommandEnd | undefined {
  if (!invocation || isUnderWay(invocation)) {
    if (!instance || !isLost(instance)) return undefined;
    const why = instance.reason ?? 'EC2 gives no reason';
    return { status: 'failed', reason: `Instance ${instance.id} is ${instance.state} while ${label} ran: ${why}.` };
  }
  if (invocation.status === 'Success' && result?.status !== 'failed') return { status: 'success' };
  // A component's own message names component, phase, step and exit code.
  const told = result?.failureMessage;
  if (told?.startsWith(`${label}:`)) return { status: 'failed', reason: `Component ${told}` };
  if (told) return { status: 'failed', reason: `${label} failed: ${told}` };
  const details = invocation.statusDetails || invocation.status;
  const killed = invocation.exitCode === killedExitCode ? `, ${killedText}` : '';
  const said = invocation.stderr.trim().slice(-1000);
  const reason = `${label}: Run Command ended it as ${details}, exit code ${invocation.exitCode}${killed}${said ? `: ${said}` : ''}.`;
  return { status: 'failed', reason };
}

/**
 * How a command ends whose agent has been silent for too long, on an instance that runs; undefined while there is hope.
 * Its status would stay "in progress" until its time-out (Systems Manager user guide, monitoring commands).
 */
export function silentEnd(
  { label }: PlannedCommand,
  instanceId: string,
  agent: AgentView | undefined,
  now: number,
): CommandEnd | undefined {
  if (agent?.status !== 'ConnectionLost' || now - agent.lastPing <= limits.silence) return undefined;
  const minutes = Math.floor((now - agent.lastPing) / 60_000);
  const reason = `The SSM agent of instance ${instanceId} has been silent for ${minutes} minutes while ${label} ran, though EC2 says that the instance is running; the command was cancelled. Look whether the component stops the agent, changes the network or the firewall, or uses up memory or disk.`;
  return { status: 'failed', reason, error: 'ResourceFailedError' };
}

/** The outcome for the waiting state: a failed test does not end the stage, since EvaluateTests decides. Our own steps do. */
export function commandOutcome(stage: Stage, { component }: PlannedCommand, end: CommandEnd): Outcome {
  if (end.status === 'success') return succeeded;
  if (end.error) return failed(end.error, end.reason ?? 'Nothing tells why.');
  if (stage === 'test' && component) return succeeded;
  return failed('ComponentFailedError', end.reason ?? 'The command failed and left no reason.');
}
