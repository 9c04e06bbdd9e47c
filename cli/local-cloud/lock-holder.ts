// The process that has a state directory, by the `lock` in it: a local cloud that is starting, running or ending.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Undefined when there is none: no lock, or one whose holder was killed. */
export function lockHolder(stateDirectory: string): number | undefined {
  try {
    const lock: unknown = JSON.parse(readFileSync(join(stateDirectory, 'lock'), 'utf8'));
    const { pid, processStarted } = lock as { pid: number; processStarted: string };
    return startOf(pid) === processStarted || (process.platform !== 'linux' && isAlive(pid)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  if (process.platform === 'linux') return startOf(pid) !== undefined;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

// As the local cloud writes it: a process id may be used again, but not with the same start since the same boot.
function startOf(pid: number): string | undefined {
  try {
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
