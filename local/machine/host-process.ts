// A process of the host, remembered by pid and start time, so that a later run ends exactly this one and never a stranger with its number.
import { readFileSync } from 'node:fs';

export type HostProcess = { pid: number; startTime: string; bootId: string };

export function hostProcess(pid: number): HostProcess | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: bootId() };
}

/** Kills the process if it is still the one that was remembered; whether it was. */
export function endHostProcess(process_: HostProcess): boolean {
  if (process_.bootId !== bootId() || startTimeOf(process_.pid) !== process_.startTime) return false;
  try {
    process.kill(process_.pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Field 22 of /proc/<pid>/stat; undefined for a process that is gone or a zombie, which `kill -0` would call alive. */
function startTimeOf(pid: number): string | undefined {
  const fields = statFields(pid);
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

export function parentOf(pid: number): number | undefined {
  const parent = statFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The fields after the command name, which may itself hold blanks and parentheses. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
