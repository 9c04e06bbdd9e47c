// The stack a command works with: deployed in AWS, or running in a local cloud for as long as the command does.
import { resolve } from 'node:path';
import { type Connection, localConnection } from './aws/connection.ts';
import { openStack, type Stack } from './aws/stack.ts';
import { repository } from './environment.ts';
import { leaseCloud } from './local-cloud/lease.ts';
import { shellWord } from './shell-word.ts';

/** Options that every command about a stack has. */
export type StackOptions = {
  local?: boolean;
  stage?: string;
  stateDir?: string;
  /** Accounts that images may be copied into, of a local cloud that is started. */
  accounts?: string[] | undefined;
};

export type Session = { stack: Stack; connection: Connection };

export type SessionOptions = {
  /** Tells what takes time. */
  say(text: string): void;
  /** Ends the session with the signal's reason. */
  signal?: AbortSignal;
};

export function stateDirectory({ stateDir }: StackOptions): string {
  return stateDir === undefined ? resolve(repository, '.image-builder') : resolve(stateDir);
}

/** Runs `work` with the stack; a local cloud started for it ends with it, whatever comes of it, unless others use it. */
export async function withStack<Result>(
  options: StackOptions,
  session: SessionOptions,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return withConnection(options, session, async (connection, stage) =>
    work({ stack: await openStack(connection, stage), connection }),
  );
}

/** The same for work that looks at the stack by itself. */
export async function withConnection<Result>(
  options: StackOptions,
  { say, signal = new AbortController().signal }: SessionOptions,
  run: (connection: Connection, stage: string) => Promise<Result>,
): Promise<Result> {
  if (!options.local) return Promise.race([run({}, options.stage ?? 'dev'), aborted(signal)]);
  return withLocalCloud(options, { say, signal }, (connection) =>
    Promise.race([run(connection, options.stage ?? 'local'), aborted(signal)]),
  );
}

/** Runs `work` with the local cloud. The signal ends the start only: once `work` runs, it is for `work` to heed it. */
export async function withLocalCloud<Result>(
  options: Pick<StackOptions, 'stateDir' | 'accounts'>,
  { say, signal = new AbortController().signal }: SessionOptions,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const lease = await leaseCloud(stateDirectory(options), { progress: say, signal, accounts: options.accounts });
  try {
    return await Promise.race([work(localConnection(lease.endpoint)), lease.lost]);
  } finally {
    await lease.release();
  }
}

/** What a user types to see an image, or its log, in the same place. */
export function imageCommand(command: 'logs' | 'images show', arn: string, options: StackOptions): string {
  return stackCommand(`${command} ${arn}`, options);
}

/** A command as a user types it, for the same place. */
export function stackCommand(command: string, options: StackOptions): string {
  const { local, stage, stateDir } = options;
  const place = [
    local && '--local',
    stage && `--stage ${shellWord(stage)}`,
    stateDir && `--state-dir ${shellWord(stateDir)}`,
  ].filter(Boolean);
  return [`./image-builder ${command}`, ...place].join(' ');
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
