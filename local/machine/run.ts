// Runs a script inside a booted instance as Run Command's agent does, and ends all that it started when asked to.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Boot } from './boot.ts';
import { dropCapabilities, joinGroups, searchPath } from './boot-script.ts';
import { hostProcess, parentOf } from './host-process.ts';
import { outputLimit, readLines } from './output.ts';

export type Script = {
  text: string;
  /** Where in the instance the file `_script.sh` is written. */
  directory: string;
  workingDirectory: string;
  /** Beside PATH; nothing else is set. One of them must be unlike any other run's: it marks the processes of this one. */
  environment: Record<string, string>;
  stdout(lines: string[]): void;
  stderr(lines: string[]): void;
  /** Ends the script and everything it started. */
  signal?: AbortSignal;
};

export type Outcome =
  | { ended: 'exit'; exitCode: number }
  | { ended: 'aborted' }
  /** The instance went away under it. */
  | { ended: 'instance' };

// `sh -c <path>` runs the file as the kernel would (so its first line may name another shell) and as a shell script where the kernel would not.
const loader =
  'umask 077; mkdir -p "$1" && cat >"$1/_script.sh" && chmod 700 "$1/_script.sh" && { cd "$2" 2>/dev/null || cd /usr/bin; } && umask 022 && exec sh -c "$1/_script.sh" </dev/null';

/** How long output may come after the script's end: a background process that holds the pipes must not hold the command. */
const drainMilliseconds = 2000;

export function run(boot: Boot, name: string, script: Script): Promise<Outcome> {
  const group = boot.group?.child(name);
  const environment = Object.entries({ PATH: searchPath, ...script.environment }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const enter = [
    'nsenter',
    '-t',
    String(boot.process),
    '-a',
    '-r',
    '-w',
    '--',
    ...dropCapabilities,
    'env',
    '-i',
    ...environment,
  ];
  const command = [...enter, 'setsid', '-w', 'sh', '-c', loader, 'sh', script.directory, script.workingDirectory];
  const child = spawn('sh', ['-c', `${joinGroups}; exec "$@"`, 'sh', (group?.doors ?? []).join(' '), ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: searchPath },
    cwd: '/',
  });
  child.stdin.on('error', () => {}); // The instance may go before it has read the script; its exit tells.
  child.stdin.end(script.text);
  readLines(child.stdout, 'stdout', outputLimit, script.stdout);
  readLines(child.stderr, 'stderr', outputLimit, script.stderr);
  const marks = Object.entries(script.environment).map(([key, value]) => `${key}=${value}`);
  const abort = () => (group?.kill ?? (() => endProcesses(child.pid, marks)))();
  return new Promise((resolve, reject) => {
    let drain: NodeJS.Timeout | undefined;
    if (script.signal?.aborted) abort();
    script.signal?.addEventListener('abort', abort, { once: true });
    child.once('error', reject);
    child.once('exit', () => {
      drain = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, drainMilliseconds);
    });
    child.once('close', async (code, signal) => {
      clearTimeout(drain);
      script.signal?.removeEventListener('abort', abort);
      // Processes left in the background keep the group; it goes with the instance then.
      if (script.signal?.aborted) return resolve({ ended: 'aborted' });
      if (code !== 0 && (await gone(boot, signal))) return resolve({ ended: 'instance' });
      resolve({ ended: 'exit', exitCode: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0) });
    });
  });
}

const signalNumbers: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/** Whether the instance went away under a command; the end of pid 1 is heard of a little after the end of what it took along. */
async function gone(boot: Boot, signal: NodeJS.Signals | null): Promise<boolean> {
  if (boot.halting || !hostProcess(boot.leader)) {
    await boot.gone;
    return true;
  }
  if (signal !== 'SIGKILL') return false;
  const later = new Promise<false>((resolve) => setTimeout(resolve, 300, false).unref());
  return Promise.race([boot.gone.then(() => true), later]);
}

/** Without a control group: the descendants, and those that were orphaned but still bear the run's environment. */
function endProcesses(leader: number | undefined, marks: string[]): void {
  for (let round = 0; round < 10; round++) {
    const found = new Set(leader === undefined ? [] : [leader]);
    const processes = readdirSync('/proc').map(Number).filter(Number.isInteger);
    for (const pid of processes) if (hasEnvironment(pid, marks)) found.add(pid);
    for (let before = 0; before !== found.size; ) {
      before = found.size;
      for (const pid of processes) if (found.has(parentOf(pid) ?? 0)) found.add(pid);
    }
    if (!kill(found)) return;
  }
}

function kill(pids: Set<number>): boolean {
  let any = false;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
      any = true;
    } catch {
      // It has ended by itself.
    }
  }
  return any;
}

function hasEnvironment(pid: number, marks: string[]): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return marks.length > 0 && marks.every((mark) => environment.includes(mark));
  } catch {
    return false;
  }
}
