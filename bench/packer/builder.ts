// A builder at work, Packer or ours: a command in a process group of its own.
import { type ChildProcess, spawn } from 'node:child_process';

export type Builder = {
  /** Leader of the process group. */
  pid: number;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<{ end: number | string; seconds: number; output: string; errors: string }>;
  signal(signal: NodeJS.Signals): void;
};

const running = new Set<number>();
let stopped = false;

/** From now on none is started; those that run are killed. */
export function stopBuilders(): void {
  stopped = true;
  for (const leader of running) end(leader, 'SIGKILL');
}

process.once('exit', stopBuilders);

function end(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function run(command: string, parameters: string[], env: Record<string, string | undefined>): Builder {
  if (stopped) throw new Error(`${command} is not started: the bench was interrupted`);
  const started = performance.now();
  const child: ChildProcess = spawn(command, parameters, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const leader = child.pid;
  if (leader !== undefined) running.add(leader);
  child.once('close', () => running.delete(leader!));
  let output = '';
  let errors = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors += text));
  return {
    pid: child.pid!,
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) =>
        resolve({ end: signal ?? code ?? -1, seconds: (performance.now() - started) / 1000, output, errors }),
      );
    }),
    signal: (signal) => end(child.pid!, signal),
  };
}
