// Keeps registered components: same version and other content make the next build number, as in Image Builder.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';
import {
  parseVersion,
  parseVersionSortKey,
  type VersionReference,
  versionSortKey,
  versionSortKeyPrefix,
} from '../model/versions.ts';

export type ComponentRecord = { name: string; version: string; build: number; data: string };

export type Components = {
  /** The newest version that a reference allows. */
  find(name: string, reference: VersionReference): Promise<ComponentRecord | undefined>;
  /** Stores a document; the same content again changes nothing. */
  put(name: string, version: string, data: string): Promise<{ build: number; change: 'created' | 'unchanged' }>;
};

const partition = (name: string) => `component#${normalisedName(name)}`;

export function components(table: Table): Components {
  const find: Components['find'] = async (name, reference) => {
    const [item] = await table.query(partition(name), versionSortKeyPrefix(reference), { newestFirst: true, limit: 1 });
    const key = item && parseVersionSortKey(String(item.sk));
    if (!key) return undefined;
    const { major, minor, patch } = key.version;
    return {
      name: normalisedName(name),
      version: `${major}.${minor}.${patch}`,
      build: key.build,
      data: String(item.data),
    };
  };
  return {
    find,
    async put(name, version, data) {
      const number = parseVersion(version)!;
      for (;;) {
        const before = await find(name, number);
        if (before?.data === data) return { build: before.build, change: 'unchanged' };
        const build = (before?.build ?? 0) + 1;
        const item = { pk: partition(name), sk: versionSortKey(number, build), data };
        if (await table.putNew(item)) return { build, change: 'created' };
      }
    },
  };
}
