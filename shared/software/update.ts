// Whether news of a package concerns an image: it holds the package, for that architecture, at an older version.
import { compareVersions, type Inventory, type Package } from './inventory.ts';

/** `package` is a binary or a source package; without `version` any version is older. `origin` and `severity` are told, not judged. */
export type PackageUpdate = { package: string; version?: string; arch?: string; severity?: string; origin?: string };

const sameArch: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' };
/** What packages for every machine, and sources, have as their architecture. */
const anyArch = ['all', 'any', 'noarch', 'source', 'src', '(none)'];

function fitsArch(one: string, asked: string | undefined): boolean {
  if (asked === undefined || anyArch.includes(asked) || anyArch.includes(one)) return true;
  return (sameArch[one] ?? one) === (sameArch[asked] ?? asked);
}

/** Advisories often leave the epoch out: then it is not compared. */
function isOlder({ manager }: Package, installed: string, version: string | undefined): boolean {
  if (version === undefined) return true;
  const comparable = version.includes(':') ? installed : installed.replace(/^\d+:/, '');
  return compareVersions(manager, comparable, version) < 0;
}

function concerns(one: Package, update: PackageUpdate): boolean {
  const { name, version, source = name, sourceVersion = version } = one;
  const byName = name === update.package && isOlder(one, version, update.version);
  return byName || (source === update.package && isOlder(one, sourceVersion, update.version));
}

/** Kernels stand beside each other: the newest of a name decides. */
function newestOfEach(packages: Package[]): Package[] {
  const newest = new Map<string, Package>();
  for (const one of packages) {
    const identity = `${one.manager}\t${one.name}\t${one.arch}`;
    const known = newest.get(identity);
    if (!known || compareVersions(one.manager, known.version, one.version) < 0) newest.set(identity, one);
  }
  return [...newest.values()];
}

/** `openssl 3.0.15-1 (DSA-5764, high)` */
export function updateText({ package: name, version, severity, origin }: PackageUpdate): string {
  const details = [origin, severity].filter(Boolean).join(', ');
  return [name, version, details && `(${details})`].filter(Boolean).join(' ');
}

/** Why an image with this inventory should be built again, or undefined where the update is none for it. */
export function updateReason(inventory: Inventory | undefined, update: PackageUpdate): string | undefined {
  const news = `package update ${updateText(update)}`;
  if (!inventory) return `${news}; the newest image has no software inventory`;
  if (inventory.partial) return `${news}; the software inventory of the newest image is partial`;
  const named = inventory.packages.filter(({ name, source, arch }) => {
    return (name === update.package || source === update.package) && fitsArch(arch, update.arch);
  });
  const found = newestOfEach(named).find((one) => concerns(one, update));
  return found && `${news}; the newest image has ${found.name} ${found.version}`;
}
