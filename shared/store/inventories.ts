// Keeps the software inventory of each image: taken once, never changed.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Table } from '../aws/table.ts';
import type { Inventory } from '../software/inventory.ts';

export type Inventories = {
  put(image: string, inventory: Inventory): Promise<void>;
  /** Undefined where none could be taken. */
  find(image: string): Promise<Inventory | undefined>;
};

const keyOf = (image: string) => ({ pk: image, sk: 'inventory' });

/** An inventory comes out of 24,000 characters, so that one item holds it with much room to spare. */
export const inventories = (table: Table): Inventories => ({
  put: (image, inventory) =>
    table.put({ ...keyOf(image), count: inventory.packages.length, packed: gzipSync(JSON.stringify(inventory)) }),
  async find(image) {
    const item = await table.get(keyOf(image));
    return item && (JSON.parse(gunzipSync(item.packed as Uint8Array).toString('utf8')) as Inventory);
  },
});
