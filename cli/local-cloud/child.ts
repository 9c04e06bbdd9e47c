// Starts a local cloud as a child process.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../command-error.ts';
import { repository } from '../environment.ts';
import { printableLines } from '../terminal-text.ts';
import { makeStateDirectory } from './state-directory.ts';

export type Child = { process: ChildProcess /** What it prints. */; log: string };

type Message =
  | { type: 'ready'; endpoint: string }
  | { type: 'progress'; text: string }
  | { type: 'failed'; message: string; taken?: boolean };

const localCloud = join(repository, 'local', 'main.ts');

/** As long as its channel is open the cloud does not end by itself. */
export function spawnCloud(stateDirectory: string, program = localCloud, accounts: string[] = []): Child {
  makeStateDirectory(stateDirectory);
  const log = join(stateDirectory, 'cloud.log');
  const output = openSync(log, 'w');
  try {
    const process_ = spawn(
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', program, '--state-dir', stateDirectory],
        ...(accounts.length > 0 ? ['--accounts', accounts.join(',')] : []),
      ],
      {
        cwd: repository,
        stdio: ['ignore', output, output, 'ipc'],
        // In a group of its own: what a terminal sends is for this command, and others may use the cloud by then.
        detached: true,
      },
    );
    return { process: process_, log };
  } finally {
    closeSync(output);
  }
}

/** The endpoint, once the child says that it is ready; undefined when another cloud has the state directory. */
export function readyEndpoint(
  { process: child, log }: Child,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    child.on('message', (message: Message) => {
      if (message.type === 'progress') progress(message.text);
      else if (message.type === 'ready') resolve(message.endpoint);
      else if (message.taken) resolve(undefined);
      else reject(new CommandError(`The local cloud did not start: ${printableLines(message.message).join('\n')}`));
    });
    child.once('error', (error) =>
      reject(new CommandError(`The local cloud could not be started: ${error.message}`, { cause: error })),
    );
    child.once('exit', (code, signal) => reject(new CommandError(endedMessage(log, code ?? signal))));
  });
}

export function endedMessage(log: string, code: number | string | null): string {
  const last = readTail(log);
  return `The local cloud ended by itself (${code}).${last.length > 0 ? ` Its last lines:\n${last.join('\n')}` : ''}\nIts whole output is in ${log}.`;
}

function readTail(log: string): string[] {
  try {
    return printableLines(readFileSync(log, 'utf8').trimEnd())
      .slice(-15)
      .map((line) => `  ${line}`);
  } catch {
    return [];
  }
}
