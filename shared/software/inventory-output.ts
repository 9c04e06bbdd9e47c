// An inventory as the command that took it printed it: gzip in base64, perhaps cut off by Run Command.
import { constants, gunzipSync } from 'node:zlib';
import { type Inventory, parseInventory } from './inventory.ts';

/** The command that takes it, as plans and timelines name it. */
export const inventoryLabel = 'software inventory';

/** Bytes and packages that are read: a machine that we did not make could pack any number into 24,000 characters. */
const largestText = 1024 * 1024;
const mostPackages = 5000;

/** The inventory in a command's stdout, or undefined when there is none. One that was cut off is partial. */
export function readInventoryOutput(stdout: string): Inventory | undefined {
  const [, packed] = /^inventory ([A-Za-z0-9+/]+=*)/m.exec(stdout) ?? [];
  if (!packed) return undefined;
  try {
    // A sync flush takes what can be unpacked of a stream that was cut off.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: largestText };
    const text = gunzipSync(Buffer.from(packed, 'base64'), options).toString('utf8');
    // Half a line may hold half a version.
    const inventory = parseInventory(text.slice(0, text.lastIndexOf('\n') + 1));
    if (inventory.packages.length <= mostPackages) return inventory;
    return { ...inventory, packages: inventory.packages.slice(0, mostPackages), partial: true };
  } catch {
    return undefined;
  }
}
