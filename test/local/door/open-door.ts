// A door on a free port for tests, with the services under test behind it and a state directory of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, realClock } from '../../../local/clock.ts';
import { type Credentials, credentials } from '../../../local/door/credentials.ts';
import { listen } from '../../../local/door/listener.ts';
import type { Intercept } from '../../../local/hooks.ts';
import type { RestService, Service } from '../../../local/service.ts';

export const homeAccountId = '000000000000';

export type Door = {
  endpoint: string;
  credentials: Credentials;
  faults: string[];
  /** What an SDK client is made with; `account` becomes the access key id. */
  client(options?: { region?: string; account?: string }): ClientOptions;
  close(): Promise<void>;
};

type ClientOptions = {
  endpoint: string;
  region: string;
  maxAttempts: number;
  credentials: { accessKeyId: string; secretAccessKey: string };
};

export async function openDoor(
  services: (Service | RestService)[],
  stateDirectory: string,
  clock: Clock = realClock,
  intercept?: Intercept,
): Promise<Door> {
  const keys = credentials(stateDirectory, clock);
  const faults: string[] = [];
  const fault = (error: unknown, what: string) => faults.push(`${what}: ${error}`);
  const listener = await listen({ services, credentials: keys, homeAccountId, fault, intercept }, 0);
  return {
    endpoint: listener.endpoint,
    credentials: keys,
    faults,
    client: ({ region = 'eu-central-1', account = 'test' } = {}) => ({
      endpoint: listener.endpoint,
      region,
      maxAttempts: 1,
      credentials: { accessKeyId: account, secretAccessKey: 'any' },
    }),
    close: listener.close,
  };
}

export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'image-builder-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
