// The size of an event, measured before a schema looks at it: work and memory of the check stay bounded by it.

/** Far more than any pipeline with its documents has. */
const mostValues = 20_000;
const deepest = 32;

/** What is too much of an event, or undefined. Looks at no more than the limit, and does not descend by recursion. */
export function excess(event: unknown): string | undefined {
  let values = 0;
  const waiting: { value: unknown; depth: number }[] = [{ value: event, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (depth > deepest) return `it is nested more than ${deepest} levels deep`;
    // A loop over the keys of a list makes all of them first.
    if (Array.isArray(value) && value.length > mostValues) return `it holds more than ${mostValues} values`;
    for (const key in value) {
      values += 1;
      if (values > mostValues) return `it holds more than ${mostValues} values`;
      if (Object.hasOwn(value, key)) waiting.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1 });
    }
  }
  return undefined;
}
