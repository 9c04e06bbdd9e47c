// A local cloud for the time of one command: the one that runs, or one of our own that ends with the command.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { type Child, endedMessage, readyEndpoint, spawnCloud } from './child.ts';
import { runningCloud } from './endpoint-file.ts';

export type Lease = {
  endpoint: string;
  /** Rejects when a cloud of our own ends before its time; never resolves. */
  lost: Promise<never>;
  /** Ends a cloud of our own and waits for it; leaves one that ran before alone. */
  release(): Promise<void>;
};

export type LeaseOptions = { progress(text: string): void; signal: AbortSignal; program?: string };

// Ending instances and unmounting takes a moment each; after this long the process is killed.
const patience = 60_000;

export async function leaseCloud(stateDirectory: string, { progress, signal, program }: LeaseOptions): Promise<Lease> {
  const running = await runningCloud(stateDirectory);
  if (running)
    return { endpoint: running.endpoint, lost: new Promise(() => undefined), release: async () => undefined };
  const child = spawnCloud(stateDirectory, { channel: true, ...(program && { program }) });
  let released = false;
  const lost = new Promise<never>((_, reject) => {
    child.process.once('exit', (code, signal) => {
      if (!released) reject(new CommandError(endedMessage(child.log, code ?? signal)));
    });
  });
  lost.catch(() => undefined);
  const release = () => {
    released = true;
    return end(child);
  };
  try {
    return { endpoint: await readyEndpoint(child, progress, signal), lost, release };
  } catch (error) {
    await release();
    throw error;
  }
}

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
