// The software of an image: what its package managers list, as text of one line a package, and read back.
import { compareDebianVersions } from './debian-version.ts';
import { compareRpmVersions } from './rpm-version.ts';

export type PackageManager = 'dpkg' | 'rpm';

/** `version` is the whole one, `1:3.0.11-1~deb12u2`; `source` and `sourceVersion` are the source package's, where they differ. */
export type Package = {
  manager: PackageManager;
  name: string;
  version: string;
  arch: string;
  source?: string;
  sourceVersion?: string;
};

/** `os` is ID and VERSION_ID of os-release, `debian 12`. `partial` where not all packages could be carried over. */
export type Inventory = { os: string; packages: Package[]; partial?: boolean };

const compare = { dpkg: compareDebianVersions, rpm: compareRpmVersions };

/** Negative, zero or positive as version `a` is older than, the same as or newer than `b`, for the package manager. */
export const compareVersions = (manager: PackageManager, a: string, b: string) => compare[manager](a, b);

const managers: readonly string[] = ['dpkg', 'rpm'] satisfies PackageManager[];

/**
 * Reads the lines `os<TAB>debian 12`, `<manager><TAB>name<TAB>version<TAB>arch<TAB>source<TAB>source version` and, last, `end<TAB><count>`.
 * Source and its version are empty where they are the package's own; rpm names the file of its source package.
 * A line that is none of these is left out; without the last line, or with another count, the inventory is partial.
 */
export function parseInventory(text: string): Inventory {
  const packages: Package[] = [];
  let os = '';
  let counted: number | undefined;
  for (const line of text.split('\n')) {
    const [kind = '', name = '', version = '', arch = '', ...source] = line.split('\t');
    if (kind === 'os') os = name;
    if (kind === 'end') counted = Number(name);
    if (!managers.includes(kind) || !name || !version) continue;
    const manager = kind as PackageManager;
    const from = manager === 'rpm' ? sourceOfRpm(source[0]) : { name: source[0], version: source[1] };
    const own = manager === 'rpm' ? version.replace(/^\d+:/, '') : version;
    packages.push({
      ...{ manager, name, version, arch },
      ...(from.name && from.name !== name && { source: from.name }),
      ...(from.version && from.version !== own && { sourceVersion: from.version }),
    });
  }
  packages.sort(byName);
  return { os, packages, ...(counted !== packages.length && { partial: true }) };
}

/** One order for every inventory: by name, then architecture, then version (a kernel is installed in several). */
function byName(a: Package, b: Package): number {
  return text(a.name, b.name) || text(a.arch, b.arch) || text(a.version, b.version);
}

const text = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** `openssl-3.0.7-27.el9.src.rpm` → `openssl`, `3.0.7-27.el9`; rpm says `(none)` where it knows no source. */
function sourceOfRpm(file = ''): { name?: string; version?: string } {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file) ?? [];
  return name && version ? { name, version } : {};
}
