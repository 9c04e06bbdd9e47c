// Where a running local cloud says it can be reached: `endpoint.json` in its state directory.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Endpoint = { endpoint: string; pid: number; startedAt: string };

/** The local cloud that runs with this state directory; undefined when none does, whatever the file says. */
export async function runningCloud(stateDirectory: string): Promise<Endpoint | undefined> {
  const text = await readFile(join(stateDirectory, 'endpoint.json'), 'utf8').catch(() => undefined);
  const endpoint = text === undefined ? undefined : parse(text);
  return endpoint && isAlive(endpoint.pid) && (await answers(endpoint.endpoint)) ? endpoint : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function parse(text: string): Endpoint | undefined {
  try {
    const { endpoint, pid, startedAt } = JSON.parse(text) as Partial<Endpoint>;
    return typeof endpoint === 'string' && Number.isInteger(pid) && pid! > 1
      ? { endpoint, pid: pid!, startedAt: String(startedAt) }
      : undefined;
  } catch {
    return undefined;
  }
}

// After a crash another process may have the pid, but nothing answers there.
async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}
