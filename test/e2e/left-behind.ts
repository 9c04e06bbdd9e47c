// What a local cloud may have left on the machine: processes and mounts that know its state directory.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Processes whose command line, working directory or mounts name the directory; each as `<pid> <command>`. */
export function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => [commandLine(pid), workingDirectory(pid), mountsOf(pid)].some((text) => text.includes(directory)))
    .map((pid) => `${pid} ${commandLine(pid)}`);
}

/** Mounts of our own mount namespace below the directory. */
export function mountsBelow(directory: string): string[] {
  return mountsOf('self')
    .split('\n')
    .filter((line) => line.includes(directory));
}

const commandLine = (pid: string) =>
  read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
const workingDirectory = (pid: string) => read(() => readlinkSync(`/proc/${pid}/cwd`));
// An overlay's options name its upper directory relative to the directory it was mounted from; mounts over it by full path.
const mountsOf = (pid: string) => read(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));

/** A process may end while it is looked at. */
function read(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
