// The packages of an image as a list: one line each, sources where they have another name.
import type { Inventory } from '../../shared/software/inventory.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

export function inventoryReport({ os, packages }: Inventory): string[] {
  const rows = packages.map(({ name, version, arch, source }) => [
    printable(name),
    printable(version),
    printable(arch),
    source ? `(${printable(source)})` : '',
  ]);
  const count = packages.length === 1 ? '1 package' : `${packages.length} packages`;
  return [`${printable(os) || 'Unknown system'}, ${count}`, ...columns(rows)];
}
