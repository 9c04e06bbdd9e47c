// An inventory as it is kept: JSON, compressed. 24,000 characters of output come out as a tenth of what an item of the table holds.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Inventory } from './inventory.ts';

export const packInventory = (inventory: Inventory): Uint8Array => gzipSync(JSON.stringify(inventory));

export const unpackInventory = (packed: Uint8Array): Inventory =>
  JSON.parse(gunzipSync(packed).toString('utf8')) as Inventory;
