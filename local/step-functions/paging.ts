// Pages of a list, by a token that names the last item given.
import { AwsError, type Input } from '../service.ts';

export function page<Item>(
  items: Item[],
  keyOf: (item: Item) => string,
  { maxResults, nextToken }: Input,
): { items: Item[]; nextToken?: string } {
  const size = Math.min(maxResults || 100, 1000);
  let start = 0;
  if (nextToken !== undefined) {
    const last = Buffer.from(String(nextToken), 'base64url').toString();
    start = items.findIndex((item) => keyOf(item) === last) + 1;
    if (start === 0) throw new AwsError('InvalidToken', `Invalid Token: 'Invalid token'`);
  }
  const chosen = items.slice(start, start + size);
  const last = chosen.at(-1);
  return last !== undefined && start + size < items.length
    ? { items: chosen, nextToken: Buffer.from(keyOf(last)).toString('base64url') }
    : { items: chosen };
}
