// Runs `sls package`: offline, without credentials, and with an end, which it does not have by itself after a failed build.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export type PackagerRun = {
  /** Where serverless.yml is. */
  directory: string;
  modules: string;
  stage: string;
  /** Where template and zips go. */
  output: string;
  /** Where the packager keeps what it need not work out again: its compiled schema (three seconds of its time). */
  home: string;
  /** An empty directory for what its plugin makes in the temporary directory and leaves there. */
  temporary: string;
  progress: (line: string) => void;
  /** Milliseconds after which it is given up. */
  patience?: number;
};

/**
 * osls prints this line, then the error, and then may never end: esbuild's own process keeps it alive where its plugin rebuilds
 * (ours does not: `skipRebuild` in serverless.yml).
 */
const errorHeader = /^Error:\s*$/;
const grace = 1000;

/** Rejects with an Error whose message is what the packager said. */
export function runPackager(run: PackagerRun): Promise<void> {
  const { directory, modules, stage, output, home, temporary, progress, patience = 180_000 } = run;
  const script = join(modules, 'serverless', 'bin', 'serverless.js');
  const child = spawn(process.execPath, [script, 'package', '--stage', stage, '--package', output], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      // No profile, credentials or configuration of the user.
      HOME: home,
      TMPDIR: temporary,
      AWS_EC2_METADATA_DISABLED: 'true',
      SLS_TELEMETRY_DISABLED: '1',
      SLS_NOTIFICATIONS_MODE: 'off',
      TZ: 'UTC',
    },
  });
  // The bundler's own process ends when the one that started it does.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    let ending: string | undefined;
    let failing: NodeJS.Timeout | undefined;
    const end = (why: string) => {
      ending = why;
      kill();
    };
    const late = setTimeout(() => end(`it was still running after ${patience / 1000} seconds`), patience);
    const hear = (line: string) => {
      if (errorHeader.test(line)) failing ??= setTimeout(() => end('it reported an error'), grace);
      if (!failing && line.trim()) progress(line.trimEnd());
      said.push(line);
    };
    createInterface({ input: child.stdout }).on('line', hear);
    createInterface({ input: child.stderr }).on('line', hear);
    const over = (why: string | undefined) => {
      clearTimeout(late);
      clearTimeout(failing);
      process.off('exit', kill);
      if (why === undefined) resolve();
      else reject(new Error(`packaging the stack with 'serverless package' failed: ${why}\n${explanation(said)}`));
    };
    child.once('error', (error) => over(error.message));
    child.once('close', (code) => over(ending ?? (code === 0 ? undefined : `it ended with status ${code}`)));
  });
}

/** What was said, without the packager's own stack trace and environment. */
function explanation(said: string[]): string {
  const noise = /^\s+at .*[:)]\d*|^(Environment|Docs|Support|Bugs|Packaging):?\s|^Error:\s*$/;
  return said.filter((line) => line.trim() && !noise.test(line)).join('\n');
}
