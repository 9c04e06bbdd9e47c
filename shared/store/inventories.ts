// Keeps the software inventory of each image: taken once, never changed.
import type { Table } from '../aws/table.ts';
import type { Inventory } from '../software/inventory.ts';
import { packInventory, unpackInventory } from '../software/packed-inventory.ts';

export type Inventories = {
  put(image: string, inventory: Inventory): Promise<void>;
  /** Undefined where none could be taken. */
  find(image: string): Promise<Inventory | undefined>;
};

const keyOf = (image: string) => ({ pk: image, sk: 'inventory' });

export const inventories = (table: Table): Inventories => ({
  put: (image, inventory) => table.put({ ...keyOf(image), packed: packInventory(inventory) }),
  async find(image) {
    const item = await table.get(keyOf(image));
    return item && unpackInventory(item.packed as Uint8Array);
  },
});
