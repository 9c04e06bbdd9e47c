// A step's inputs as they stand in the document, for references to them and for the detailed output.
import { isMap, isSeq } from 'yaml';
import { type LocatedText, type Nodes, readList, readMapping, readText, type Value } from './node.ts';

/** Every scalar as its text, in the lists and mappings that hold it. */
export type Given = LocatedText | Given[] | Map<string, Given>;

/** Deeper than any module's inputs; an alias may stand inside of what it stands for. */
const depthLimit = 16;

export function readGiven(value: Value, nodes: Nodes, depth = 0): Given {
  const node = nodes.resolve(value);
  if (depth < depthLimit && isMap(node)) {
    const entries = readMapping(nodes, value, 'The inputs') ?? [];
    return new Map(entries.map((entry) => [entry.key, readGiven(entry.value, nodes, depth + 1)]));
  }
  if (depth < depthLimit && isSeq(node)) {
    return (readList(nodes, value, 'The inputs') ?? []).map((item) => readGiven(item, nodes, depth + 1));
  }
  const text = isMap(node) || isSeq(node) ? undefined : readText(nodes, value, 'An input');
  return text ?? { text: '', path: value.path, offset: value.offset, end: value.end };
}

/** All texts in the order of the document. */
export function textsOf(given: Given | undefined): LocatedText[] {
  if (given === undefined) return [];
  if (Array.isArray(given)) return given.flatMap(textsOf);
  if (given instanceof Map) return [...given.values()].flatMap(textsOf);
  return [given];
}

/** What `inputs.variable` or `inputs[index].variable` stands for: an index is for modules whose inputs are a list, of which one item needs none. */
export function findInput(given: Given | undefined, index: number | undefined, variable: string): Given | undefined {
  if (given === undefined) return undefined;
  if (given instanceof Map) return index === undefined || index === 0 ? given.get(variable) : undefined;
  if (!Array.isArray(given)) return undefined;
  const item = index === undefined ? (given.length === 1 ? given[0] : undefined) : given[index];
  return item instanceof Map ? item.get(variable) : undefined;
}
