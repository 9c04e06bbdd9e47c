// Works on many things, some at a time.

/** Calls `work` for every item, at most `most` at once; the first thing that it throws is thrown once all have come to rest. Items are asked for only as they are wanted. */
export async function atOnce<Item>(
  most: number,
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  // One iterator for all: next() of an async generator waits its turn, so no item is handed out twice.
  const worker = async () => {
    for (let next = await source.next(); !next.done; next = await source.next()) await work(next.value);
  };
  const ended = await Promise.allSettled(Array.from({ length: most }, worker));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
