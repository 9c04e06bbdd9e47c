// One local cloud per state directory: a lock that names its holder by process id and start time, so that it dies with it.
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Holder = { pid: number; processStarted: string };

/** Another cloud has the state directory. */
export class StateDirectoryTaken extends Error {
  override name = 'StateDirectoryTaken';
}

/** Takes the lock or throws StateDirectoryTaken, naming its holder; the function answered gives it back. */
export function lockStateDirectory(stateDirectory: string): () => void {
  mkdirSync(stateDirectory, { recursive: true });
  const file = join(stateDirectory, 'lock');
  const mine: Holder = { pid: process.pid, processStarted: processStarted(process.pid) ?? '' };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    // A second look is enough: what the first one found dead is out of the way by then.
    for (let look = 1; !linked(draft, file); look++) {
      const holder = read(file);
      if (holder && processStarted(holder.pid) === holder.processStarted) {
        throw new StateDirectoryTaken(
          `A local cloud (process ${holder.pid}) already uses ${stateDirectory}: stop it with 'image-builder local stop', or choose another --state-dir`,
        );
      }
      if (look === 2) {
        throw new StateDirectoryTaken(`The lock ${file} changes hands: is another local cloud starting? Try again.`);
      }
      if (holder) setAside(file, holder, draft);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(file)?.pid === mine.pid) rmSync(file, { force: true });
  };
}

/** When a process began, in words that differ between two processes that had the same id; undefined when there is none. */
export function processStarted(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim();
    }
    // Field 22, clock ticks since boot; the name in field 2 may hold blanks and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const after = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // A zombie has ended, whoever has not yet asked for its status.
    return after[0] === 'Z' ? undefined : `${boot} ${after[19]}`;
  } catch {
    return undefined;
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  }
}

// Between reading a dead holder's lock and moving it away, somebody quicker may have put theirs there: that one goes back.
function setAside(file: string, dead: Holder, draft: string): void {
  const aside = `${draft}.aside`;
  try {
    renameSync(file, aside);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw cause;
  }
  if (read(aside)?.pid !== dead.pid) linked(aside, file);
  rmSync(aside, { force: true });
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${file} is damaged: remove it if no local cloud is running`, { cause });
  }
}
