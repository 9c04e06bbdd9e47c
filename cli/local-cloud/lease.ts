// A local cloud for the time of one command: the one that runs or is about to, or else one that we start. It ends with the last
// command that uses it, unless it is to stay.
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { readEndpoint } from './endpoint-file.ts';
import { holdCloud } from './hold.ts';
import { isAlive, lockHolder } from './lock-holder.ts';
import { startCloud } from './own-cloud.ts';

export type Lease = {
  endpoint: string;
  /** Rejects when the cloud ends before its time; never resolves. */
  lost: Promise<never>;
  /** Waits for the end of the cloud where nobody else uses it. */
  release(): Promise<void>;
};

export type LeaseOptions = {
  progress(text: string): void;
  signal: AbortSignal;
  /** The cloud is to stay until it is stopped. */
  stay?: boolean;
  /** Accounts that images may be copied into, of a cloud that is started. */
  accounts?: string[] | undefined;
  /** What to run, instead of the local cloud. */
  program?: string;
  /** Milliseconds to wait for a cloud that is starting or ending. */
  longestWait?: number;
};

export async function leaseCloud(stateDirectory: string, options: LeaseOptions): Promise<Lease> {
  // A start packages the stack, an end cleans up what was being built: either may take a minute on a slow machine.
  const { progress, signal, longestWait = 180_000 } = options;
  let waiting = false;
  for (const end = Date.now() + longestWait; ; ) {
    signal.throwIfAborted();
    const joined = await joinCloud(stateDirectory, options);
    if (joined && waiting) progress(`Using the local cloud that is ready now, at ${joined.endpoint}`);
    if (joined) return joined;
    const holder = lockHolder(stateDirectory);
    const own = holder === undefined ? await startCloud(stateDirectory, options) : undefined;
    if (own) return own;
    if (Date.now() > end) {
      throw new CommandError(
        `The local cloud of another command (process ${holder ?? 'unknown'}) has neither become ready nor ended within ${Math.round(longestWait / 1000)} s.\nEnd it with \`./image-builder local stop\`, or choose another --state-dir.`,
      );
    }
    if (holder !== undefined && !waiting) {
      progress(`Waiting for the local cloud of another command (process ${holder}), which starts or ends`);
      waiting = true;
    }
    await sleep(250, undefined, { signal }).catch(() => undefined);
  }
}

const endPatience = 60_000;

async function joinCloud(stateDirectory: string, { stay = false }: LeaseOptions): Promise<Lease | undefined> {
  const found = await readEndpoint(stateDirectory);
  const hold = found && (await holdCloud(found.endpoint, stay));
  if (!hold) return undefined;
  const { endpoint, pid } = found;
  let released = false;
  const lost = hold.closed.then(() => {
    if (released) return new Promise<never>(() => undefined);
    throw new CommandError(
      `The local cloud (process ${pid}) has ended while it was being used. Its next start cleans up what was being built.`,
    );
  });
  lost.catch(() => undefined);
  return {
    endpoint,
    lost,
    async release() {
      released = true;
      if (!(await hold.release())) return;
      for (const end = Date.now() + endPatience; isAlive(pid) && Date.now() < end; ) await sleep(50);
    },
  };
}
