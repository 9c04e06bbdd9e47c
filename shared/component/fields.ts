// Takes a mapping's entries by their known keys and reports all others, each with the key that was probably meant.

import { type Entry, isNothing, type LocatedText, type Nodes, readMapping, readText, type Value } from './node.ts';
import { nearest } from './spelling.ts';

export type Fields = {
  entry(key: string): Entry | undefined;
  /** The entry, or a report that it is missing. */
  needed(key: string): Entry | undefined;
  /** The text of an entry that is there and not empty of value (`key:` counts as absent). */
  text(key: string): LocatedText | undefined;
};

/** The fields of a mapping. */
export function readFields(nodes: Nodes, value: Value, what: string, keys: string[]): Fields | undefined {
  const entries = readMapping(nodes, value, what);
  if (!entries) return undefined;
  for (const entry of entries.filter((one) => !keys.includes(one.key))) {
    const meant = nearest(entry.key, keys);
    const advice = meant ? `did you mean "${meant}"?` : `it may have ${keys.map((key) => `"${key}"`).join(', ')}.`;
    nodes.report('unknown-key', `${what} has no key "${entry.key}"; ${advice}`, entry.keyAt);
  }
  const find = (key: string) => entries.find((entry) => entry.key === key);
  return {
    entry: find,
    needed(key) {
      const entry = find(key);
      if (!entry) nodes.report('missing-key', `${what} lacks "${key}".`, { ...value, end: endOfLine(nodes, value) });
      return entry;
    },
    text(key) {
      const entry = find(key);
      if (!entry || isNothing(nodes, entry.value)) return undefined;
      return readText(nodes, entry.value, `"${key}" of ${lowerFirst(what)}`);
    },
  };
}

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function endOfLine(nodes: Nodes, value: Value): number {
  const line = nodes.slice(value).search(/[\r\n]/);
  return line > 0 ? value.offset + line : value.end;
}
