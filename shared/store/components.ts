// Keeps registered components: same version and other content make the next build number, as in Image Builder.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';
import {
  formatVersion,
  parseVersion,
  parseVersionSortKey,
  type VersionReference,
  versionSortKey,
  versionSortKeyPrefix,
} from '../model/versions.ts';
import { kinds } from './kinds.ts';

export type ComponentRecord = {
  name: string;
  version: string;
  build: number;
  data: string;
  description?: string;
  dateCreated?: string;
};

export type Components = {
  /** The newest version that a reference allows. */
  find(name: string, reference: VersionReference): Promise<ComponentRecord | undefined>;
  /** Stores a document; the same content again changes nothing. */
  put(
    name: string,
    version: string,
    data: string,
    facts?: { description?: string | undefined; dateCreated?: string },
  ): Promise<{ build: number; change: 'created' | 'unchanged' }>;
  /** Every build version, newest first, without the documents. */
  versions(name: string): Promise<{ version: string; build: number }[]>;
  /** Every build version with its document, newest first. */
  all(name: string): Promise<ComponentRecord[]>;
  delete(name: string, version: string, build: number): Promise<void>;
};

const partition = (name: string) => `component#${normalisedName(name)}`;

function recordOf(name: string, item: Record<string, unknown>): ComponentRecord | undefined {
  const key = parseVersionSortKey(String(item.sk));
  if (!key) return undefined;
  const { data, description, dateCreated } = item as unknown as ComponentRecord;
  return {
    name: normalisedName(name),
    version: formatVersion(key.version),
    build: key.build,
    data,
    ...(description && { description }),
    ...(dateCreated && { dateCreated }),
  };
}

export function components(table: Table): Components {
  const find: Components['find'] = async (name, reference) => {
    const [item] = await table.query(partition(name), versionSortKeyPrefix(reference), { newestFirst: true, limit: 1 });
    return item && recordOf(name, item);
  };
  return {
    find,
    async put(name, version, data, facts = {}) {
      const number = parseVersion(version)!;
      await kinds(table).note('component', name);
      for (;;) {
        const before = await find(name, number);
        if (before?.data === data) return { build: before.build, change: 'unchanged' };
        const build = (before?.build ?? 0) + 1;
        const item = { pk: partition(name), sk: versionSortKey(number, build), data, ...facts };
        if (await table.putNew(item)) return { build, change: 'created' };
      }
    },
    async versions(name) {
      const items = await table.query(partition(name), '', { newestFirst: true, only: ['sk'] });
      return items.flatMap(({ sk }) => {
        const key = parseVersionSortKey(String(sk));
        return key ? [{ version: formatVersion(key.version), build: key.build }] : [];
      });
    },
    all: async (name) =>
      (await table.query(partition(name), '', { newestFirst: true })).flatMap((item) => recordOf(name, item) ?? []),
    delete: (name, version, build) =>
      table.delete({ pk: partition(name), sk: versionSortKey(parseVersion(version)!, build) }),
  };
}
