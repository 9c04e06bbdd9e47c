// Boots one instance on its disk: namespaces that live exactly as long as their first process, which dies with this one.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { bootScript, joinGroups, searchPath } from './boot-script.ts';
import type { ControlGroup } from './control-group.ts';
import { withVolume } from './disk.ts';
import { hostProcess } from './host-process.ts';

export type Network = 'host' | 'none';

export type Boot = {
  /** The host's pid of the instance's pid 1. */
  process: number;
  /** The host's pid of the process that sees the host's files and, among them, the instance's disk. */
  leader: number;
  group: ControlGroup | undefined;
  network: Network;
  /** Settles when pid 1 has gone, and with it every process and mount of the instance. */
  gone: Promise<void>;
  /** Settles when its control groups have gone too, so that it can be booted again. */
  ended: Promise<void>;
  /** True from the moment `halt` is called. */
  halting: boolean;
  halt(): Promise<void>;
};

export type BootRequest = {
  /** Holds its disk, and whatever else the boot needs. */
  directory: string;
  hostname: string;
  network: Network;
  /** Directories of the host that the instance must not see. */
  hidden: string[];
  group: ControlGroup | undefined;
  /** Bytes that each of its directories in memory may hold: /tmp, /run and /dev/shm. */
  temporary: number;
};

/** What was said when an instance could not be booted; `detail` is the failing tool's own text. */
export class BootError extends Error {
  override name = 'BootError';
  readonly detail: string;
  constructor(detail: string) {
    super(`The instance could not be booted: ${detail}`);
    this.detail = detail;
  }
}

// The signal is set before the parent is compared, so that a parent that died in between is noticed too.
const guard = `[ "$PPID" = "$1" ] || exit 1; shift; ${joinGroups}; exec "$@"`;

export async function boot(request: BootRequest): Promise<Boot> {
  const { directory, group } = request;
  mkdirSync(join(directory, 'root'), { recursive: true });
  // The mounts are the first process's own: the leader goes on seeing the host's files, and the disk among them.
  const unshare = ['unshare', '--uts', '--ipc', '--pid', '--fork', '--kill-child=KILL'];
  if (request.network === 'none') unshare.push('--net');
  const room = String(request.temporary);
  const script = [
    'unshare',
    '--mount',
    'sh',
    '-c',
    bootScript,
    'sh',
    directory,
    request.hostname,
    request.network,
    room,
    ...request.hidden,
  ];
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      '--',
      'sh',
      '-c',
      guard,
      'sh',
      String(process.pid),
      (group?.doors ?? []).join(' '),
      ...withVolume(directory),
      ...unshare,
      ...script,
    ],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { PATH: searchPath }, cwd: '/' },
  );
  const leader = child.pid === undefined ? undefined : hostProcess(child.pid);
  if (leader) writeFileSync(join(directory, 'process.json'), JSON.stringify(leader));
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const first = await ready(child);
  const booted: Boot = {
    process: first,
    leader: child.pid!,
    group,
    network: request.network,
    gone,
    ended: gone.then(async () => {
      rmSync(join(directory, 'process.json'), { force: true });
      await group?.remove();
    }),
    halting: false,
    async halt() {
      booted.halting = true;
      child.kill('SIGKILL');
      await booted.ended;
    },
  };
  return booted;
}

/** The host's pid of pid 1, once its root stands. */
function ready(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complaint = '';
    const take = (stream: Readable, add: (text: string) => void) => {
      stream.setEncoding('utf8');
      stream.on('data', add);
      stream.on('error', () => stream.destroy());
    };
    take(child.stderr!, (text) => {
      complaint = (complaint + text).slice(-2000);
    });
    take(child.stdio[3] as Readable, (text) => {
      said += text;
      const process_ = /^ready (\d+)\n/m.exec(said)?.[1];
      if (process_) resolve(Number(process_));
    });
    child.once('error', (error) => reject(new BootError(`${error.message} (setpriv of util-linux is needed)`)));
    child.once('close', (code, signal) => reject(new BootError(complaint.trim() || `it ended with ${signal ?? code}`)));
  });
}
