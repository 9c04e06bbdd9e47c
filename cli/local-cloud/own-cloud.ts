// A local cloud that this command has started: a lease like any other, from a child process that may outlive the command.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { type Child, endedMessage, readyEndpoint, spawnCloud } from './child.ts';
import { holdCloud } from './hold.ts';
import type { Lease, LeaseOptions } from './lease.ts';

/** Undefined when another cloud got hold of the state directory first. */
export async function startCloud(
  stateDirectory: string,
  { progress, signal, program, accounts, stay = false }: LeaseOptions,
): Promise<Lease | undefined> {
  const child = spawnCloud(stateDirectory, program, accounts);
  let released = false;
  const lost = new Promise<never>((_, reject) => {
    child.process.once('exit', (code, signal) => {
      if (!released) reject(new CommandError(endedMessage(child.log, code ?? signal)));
    });
  });
  lost.catch(() => undefined);
  try {
    const endpoint = await readyEndpoint(child, progress, signal);
    const hold = endpoint === undefined ? undefined : await holdCloud(endpoint, stay);
    if (endpoint !== undefined && !hold) await lost;
    if (endpoint === undefined || !hold) {
      await end(child);
      return undefined;
    }
    child.process.disconnect();
    const release = async () => {
      released = true;
      if (await hold.release()) await end(child);
      else if (!stay) progress('The local cloud goes on, because another command uses it or asked it to stay.');
    };
    return { endpoint, lost, release };
  } catch (error) {
    released = true;
    await end(child);
    throw error;
  }
}

// Ending instances and unmounting takes a moment each; after this long the process is killed.
const patience = 60_000;

async function end({ process: child }: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timeout = new AbortController();
  await Promise.race([exited, sleep(patience, undefined, { signal: timeout.signal }).catch(() => undefined)]);
  timeout.abort();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await exited;
  }
}
