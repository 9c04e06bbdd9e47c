// Reads YAML nodes as the document language means them: by the source text of a scalar, with a place for every problem.
import { isMap, isScalar, isSeq, type Node, Scalar } from 'yaml';
import type { Path, Position, Report } from './diagnostic.ts';

/** A place of the document with what stands there; `node` is undefined where a key has no value. */
export type Value = Position & { node: Node | undefined };

/** A string of the document. */
export type LocatedText = Position & { text: string };

export type Entry = { key: string; keyAt: Position; value: Value };

export type Nodes = {
  report: Report;
  /** The node itself, or the one an alias stands for; undefined once a document asks for too many. */
  resolve(value: Value): Node | undefined;
  /** The characters of the document at a position. */
  slice(at: Position): string;
};

/** The text as written where the scalar is plain (`1.0` stays `1.0`, `007` stays `007`), else the string that its quotes or block mean. */
function scalarText(scalar: Scalar): string {
  if (typeof scalar.value === 'string') return scalar.value;
  if (scalar.value === null || scalar.value === undefined) return '';
  return scalar.source ?? String(scalar.value);
}

export function isNothing(nodes: Nodes, value: Value): boolean {
  const node = nodes.resolve(value);
  return node === undefined || (isScalar(node) && node.value === null);
}

function kindOf(node: Node | undefined): string {
  if (isMap(node)) return 'a mapping';
  if (isSeq(node)) return 'a list';
  return node === undefined || (isScalar(node) && node.value === null) ? 'nothing' : 'a single value';
}

/** The entries of a mapping in their order, each key once; what is no mapping is reported. */
export function readMapping(nodes: Nodes, value: Value, what: string): Entry[] | undefined {
  const node = nodes.resolve(value);
  if (!isMap(node)) {
    nodes.report('wrong-type', `${what} must be a mapping, this is ${kindOf(node)}.`, value);
    return undefined;
  }
  const seen = new Set<string>();
  const entries: Entry[] = [];
  for (const pair of node.items) {
    const keyNode = pair.key as Node;
    const keyAt = place(value.path, keyNode, value);
    if (!isScalar(keyNode)) {
      nodes.report('wrong-type', `A key of ${what} must be a word, this is ${kindOf(keyNode)}.`, keyAt);
      continue;
    }
    const key = scalarText(keyNode);
    keyAt.path = [...value.path, key];
    if (seen.has(key)) {
      nodes.report('duplicate-key', `${what} has the key "${key}" twice; keep one.`, keyAt);
      continue;
    }
    seen.add(key);
    const child = (pair.value ?? undefined) as Node | undefined;
    entries.push({ key, keyAt, value: { ...place(keyAt.path, child, keyAt), node: child } });
  }
  return entries;
}

/** The items of a list; what is no list is reported. */
export function readList(nodes: Nodes, value: Value, what: string): Value[] | undefined {
  const node = nodes.resolve(value);
  if (!isSeq(node)) {
    nodes.report('wrong-type', `${what} must be a list, this is ${kindOf(node)}.`, value);
    return undefined;
  }
  return node.items.map((item, index) => {
    const child = (item ?? undefined) as Node | undefined;
    return { ...place([...value.path, index], child, value), node: child };
  });
}

/** The text of a scalar; nothing counts as '' (as `key:` does to the agent). A mapping or a list is reported. */
export function readText(nodes: Nodes, value: Value, what: string): LocatedText | undefined {
  const node = nodes.resolve(value);
  if (node === undefined || isScalar(node)) {
    const text = node === undefined ? '' : scalarText(node);
    if (!text.includes('\0')) return { text, path: value.path, offset: value.offset, end: value.end };
    nodes.report(
      'nul-character',
      `${what} holds a NUL character, which no shell script can hold; remove "\\0".`,
      value,
    );
    return undefined;
  }
  const hint = isMap(node) ? ' The text has ": " in it or starts with "{": put it in quotes, or behind "|".' : '';
  nodes.report('wrong-type', `${what} must be a string, this is ${kindOf(node)}.${hint}`, value);
  return undefined;
}

function place(path: Path, node: Node | undefined, fallback: Position): Position {
  const [offset, end] = node?.range ?? [fallback.offset, fallback.end];
  const empty = node instanceof Scalar && offset === end;
  return empty
    ? { path, offset: fallback.offset, end: fallback.end }
    : { path, offset, end: Math.max(end, offset + 1) };
}
