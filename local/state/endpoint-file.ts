// Where clients find a running local cloud: `endpoint.json` in its state directory, there for as long as it runs.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from './json-file.ts';

export type EndpointFile = {
  endpoint: string;
  pid: number;
  /** ISO 8601. */
  startedAt: string;
  /** False: it ends with the last command that uses it. */
  stays: boolean;
};

const fileOf = (stateDirectory: string) => join(stateDirectory, 'endpoint.json');

export type Running = { endpoint: string; startedAt: number; stays: boolean };

export function writeEndpoint(stateDirectory: string, { endpoint, startedAt, stays }: Running): void {
  const content: EndpointFile = { endpoint, pid: process.pid, startedAt: new Date(startedAt).toISOString(), stays };
  writeJson(fileOf(stateDirectory), content);
}

export function removeEndpoint(stateDirectory: string): void {
  rmSync(fileOf(stateDirectory), { force: true });
}
