// The log groups of one account and region: a directory each, with the group's settings and its streams.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../state/json-file.ts';
import { LogStream } from './stream.ts';

export type LogGroup = {
  name: string;
  creationTime: number;
  retentionInDays: number | undefined;
  streams: Map<string, { stream: LogStream; creationTime: number }>;
};

type Settings = { name: string; creationTime: number; retentionInDays?: number; streams: Record<string, number> };

export class LogGroups {
  readonly #directory: string;
  readonly #groups = new Map<string, LogGroup>();

  constructor(directory: string) {
    this.#directory = directory;
    if (!existsSync(directory)) return;
    for (const entry of readdirSync(directory)) {
      const settings = readJson<Settings | undefined>(join(directory, entry, 'group.json'), undefined);
      if (!settings) continue;
      const streams = Object.entries(settings.streams).map(([name, creationTime]) => {
        return [name, { stream: this.#stream(settings.name, name), creationTime }] as const;
      });
      this.#groups.set(settings.name, {
        name: settings.name,
        creationTime: settings.creationTime,
        retentionInDays: settings.retentionInDays,
        streams: new Map(streams),
      });
    }
  }

  all(): LogGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): LogGroup | undefined {
    return this.#groups.get(name);
  }

  create(name: string, now: number): LogGroup {
    const group: LogGroup = { name, creationTime: now, retentionInDays: undefined, streams: new Map() };
    this.#groups.set(name, group);
    this.save(group);
    return group;
  }

  remove(group: LogGroup): void {
    this.#groups.delete(group.name);
    rmSync(this.#path(group.name), { recursive: true, force: true });
  }

  createStream(group: LogGroup, name: string, now: number): LogStream {
    const stream = this.#stream(group.name, name);
    group.streams.set(name, { stream, creationTime: now });
    this.save(group);
    return stream;
  }

  save(group: LogGroup): void {
    const { name, creationTime, retentionInDays } = group;
    const streams = Object.fromEntries([...group.streams].map(([key, entry]) => [key, entry.creationTime]));
    mkdirSync(this.#path(name), { recursive: true });
    const settings = { name, creationTime, ...(retentionInDays === undefined ? {} : { retentionInDays }), streams };
    writeJson(join(this.#path(name), 'group.json'), settings satisfies Settings);
  }

  #stream(group: string, name: string): LogStream {
    return new LogStream(join(this.#path(group), `${fileName(name)}.jsonl`));
  }

  #path(group: string): string {
    return join(this.#directory, fileName(group));
  }
}

// Percent-encoding keeps names apart and on one level; dots are encoded too, so that `..` cannot come out of it.
function fileName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A');
  return encoded.length <= 200 ? encoded : createHash('sha256').update(name).digest('hex');
}
