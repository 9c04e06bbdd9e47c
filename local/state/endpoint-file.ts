// Where clients find a running local cloud: `endpoint.json` in its state directory, there for as long as it runs.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from './json-file.ts';

export type EndpointFile = { endpoint: string; pid: number /** ISO 8601. */; startedAt: string };

const fileOf = (stateDirectory: string) => join(stateDirectory, 'endpoint.json');

export function writeEndpoint(stateDirectory: string, endpoint: string, now: number): void {
  const content: EndpointFile = { endpoint, pid: process.pid, startedAt: new Date(now).toISOString() };
  writeJson(fileOf(stateDirectory), content);
}

export function removeEndpoint(stateDirectory: string): void {
  rmSync(fileOf(stateDirectory), { force: true });
}
