// What a builder holds while it waits.
import { readdirSync, readFileSync } from 'node:fs';

/** MiB of all processes of a group: resident, and with shared pages divided among those that share them (proportional). */
export function groupMemory(leader: number): { processes: number; resident: number; proportional: number } {
  const members = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && groupOf(pid) === leader);
  const sum = (field: string) => members.reduce((all, pid) => all + kibibytes(pid, field), 0) / 1024;
  return { processes: members.length, resident: sum('Rss'), proportional: sum('Pss') };
}

function groupOf(pid: string): number | undefined {
  // After the name in brackets: state, parent, process group.
  return Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[2]);
}

function kibibytes(pid: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
