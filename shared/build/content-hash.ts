// The hash by which the same content is known again.
import { createHash } from 'node:crypto';

/** SHA-256 over the JSON of a value, as 64 hexadecimal digits. The order of keys does not count: DynamoDB does not keep it. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortedKeys)).digest('hex');
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
