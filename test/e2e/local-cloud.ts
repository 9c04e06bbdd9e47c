// A local cloud in a process of its own on any free port, with SDK clients for it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { repository } from '../source-files.ts';

export const stackName = 'serverless-image-builder-local';

export type LocalCloud = {
  endpoint: string;
  pid: number;
  /** What an SDK client is made with. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  stop(): Promise<void>;
};

/** Commands with the same state directory find it. Rejects with what it printed when it does not start. */
export async function startCloud(state: string): Promise<LocalCloud> {
  const child = spawn(process.execPath, [join(repository, 'local/main.ts'), '--state-dir', state, '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
  });
  const endpoint = await ready(child);
  return {
    endpoint,
    pid: child.pid!,
    client: { endpoint, region: 'us-east-1', credentials: { accessKeyId: '000000000000', secretAccessKey: 'any' } },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function ready(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const endpoint = /listens on (\S+)/.exec(said)?.[1];
      if (endpoint) resolve(endpoint);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the local cloud ended with ${signal ?? code}: ${said}`)));
  });
}
