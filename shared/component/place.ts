// Finds the place of a reference in a document.
import type { Position } from './diagnostic.ts';
import type { LocatedText, Nodes } from './node.ts';

/** Its text is looked for in the source of the scalar from the offset `from` on, since quotes, folding and aliases move it. */
export function placeOf(text: LocatedText, source: string, from: number, nodes: Nodes): Position {
  const start = Math.max(0, from - text.offset);
  const index = nodes.slice(text).indexOf(source, start);
  if (index < 0) return text;
  return { path: text.path, offset: text.offset + index, end: text.offset + index + source.length };
}
