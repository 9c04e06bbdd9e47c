// Reads a list of strings.
import { type LocatedText, type Nodes, readList, readText, type Value } from '../node.ts';

/** The texts of a list; what is none is reported and left out. Undefined when it is no list at all. */
export function readTexts(nodes: Nodes, value: Value, what: string, each: string): LocatedText[] | undefined {
  return readList(nodes, value, what)
    ?.map((item) => readText(nodes, item, each))
    .filter((text) => text !== undefined);
}
