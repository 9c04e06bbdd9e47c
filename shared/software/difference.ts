// What changed between the software of two images.
import { compareVersions, type Inventory, type Package } from './inventory.ts';

export type Change = Pick<Package, 'manager' | 'name' | 'arch'> & { before: string; after: string };

export type SoftwareDifference = { added: Package[]; removed: Package[]; upgraded: Change[]; downgraded: Change[] };

/** Packages are the same by manager, name and architecture; of several versions at once (kernels) each is added or removed by itself. */
export function softwareDifference(before: Inventory, after: Inventory): SoftwareDifference {
  const [old, now] = [byIdentity(before), byIdentity(after)];
  const difference: SoftwareDifference = { added: [], removed: [], upgraded: [], downgraded: [] };
  for (const identity of [...new Set([...old.keys(), ...now.keys()])].sort()) {
    const gone = without(old.get(identity) ?? [], now.get(identity) ?? []);
    const come = without(now.get(identity) ?? [], old.get(identity) ?? []);
    if (gone.length === 1 && come.length === 1) {
      const { manager, name, arch, version } = come[0]!;
      const change = { manager, name, arch, before: gone[0]!.version, after: version };
      const upgraded = compareVersions(manager, change.before, change.after) <= 0;
      difference[upgraded ? 'upgraded' : 'downgraded'].push(change);
    } else {
      difference.removed.push(...gone);
      difference.added.push(...come);
    }
  }
  return difference;
}

function byIdentity({ packages }: Inventory): Map<string, Package[]> {
  const found = new Map<string, Package[]>();
  for (const one of packages) {
    const identity = `${one.name}\t${one.arch}\t${one.manager}`;
    found.set(identity, [...(found.get(identity) ?? []), one]);
  }
  return found;
}

const without = (list: Package[], other: Package[]) =>
  list.filter(({ version }) => !other.some((one) => one.version === version));

/** `3 upgraded, 1 added`; "nothing" where nothing changed. */
export function differenceSummary(difference: SoftwareDifference): string {
  const counts = (['upgraded', 'downgraded', 'added', 'removed'] as const)
    .filter((kind) => difference[kind].length > 0)
    .map((kind) => `${difference[kind].length} ${kind}`);
  return counts.join(', ') || 'nothing';
}
