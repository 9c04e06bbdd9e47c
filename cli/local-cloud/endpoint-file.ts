// Where a running local cloud says it can be reached: `endpoint.json` in its state directory.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './lock-holder.ts';

// As in hold.ts; `fetch` would load undici, too.
const { get } = process.getBuiltinModule('node:http');

/** `stays`: until it is stopped; otherwise it ends with the last command that uses it. */
export type Endpoint = { endpoint: string; pid: number; startedAt: string; stays: boolean };

/** What the file says, if its process is there. */
export async function readEndpoint(stateDirectory: string): Promise<Endpoint | undefined> {
  const text = await readFile(join(stateDirectory, 'endpoint.json'), 'utf8').catch(() => undefined);
  const endpoint = text === undefined ? undefined : parse(text);
  return endpoint && isAlive(endpoint.pid) ? endpoint : undefined;
}

/** The local cloud that runs with this state directory; undefined when none does, whatever the file says. */
export async function runningCloud(stateDirectory: string): Promise<Endpoint | undefined> {
  const endpoint = await readEndpoint(stateDirectory);
  return endpoint && (await answers(endpoint.endpoint)) ? endpoint : undefined;
}

function parse(text: string): Endpoint | undefined {
  try {
    const { endpoint, pid, startedAt, stays } = JSON.parse(text) as Partial<Endpoint>;
    return typeof endpoint === 'string' && URL.canParse(endpoint) && Number.isInteger(pid) && pid! > 1
      ? { endpoint, pid: pid!, startedAt: String(startedAt), stays: stays !== false }
      : undefined;
  } catch {
    return undefined;
  }
}

// After a crash another process may have the pid, but nothing answers there.
function answers(endpoint: string): Promise<boolean> {
  return new Promise<boolean>((resolve, reject) => {
    const asking = get(endpoint, { agent: false, signal: AbortSignal.timeout(2000) }, (response) => {
      response.resume();
      resolve(true);
    });
    asking.once('error', reject);
  }).catch(() => false);
}
