// YAML text as plain values that remember where they stood, so that a problem found later can be pointed at.
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from 'yaml';
import { aliasTargets } from '../component/alias-targets.ts';

export type Place = { offset: number; end: number };

export type YamlTree = {
  data: unknown;
  /** Places by path (JSON of the path): the value, the key before it, and the source text of an unquoted scalar. */
  values: Map<string, Place & { plain?: string }>;
  keys: Map<string, Place>;
  faults: (Place & { message: string })[];
};

export type Path = (string | number)[];

export const pathKey = (path: readonly PropertyKey[]): string => JSON.stringify(path);

// Far more than any pipeline needs; aliases can make a small file stand for billions of values.
const mostNodes = 20_000;
// Paths are kept of every value: deep maps of long keys would make them large.
const deepest = 20;
const longestKey = 128;
const mostSyntaxFaults = 10;
const tooDeep = `expected at most ${deepest} levels of nesting`;

const sentences: Record<string, string> = {
  MULTIPLE_DOCS: 'expected one document, found the beginning of a second one',
};

/** What a value with a tag of its own (`!Ref Name`) stands for; without it such tags are faults. */
export type Tagged = (tag: string, value: unknown) => unknown;

/** Reads one YAML document; total: syntax errors, aliases run wild and nesting too deep come back as faults. */
export function readYaml(text: string, tagged?: Tagged): YamlTree {
  const tree: YamlTree = { data: undefined, values: new Map(), keys: new Map(), faults: [] };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  } catch (error) {
    const message = error instanceof RangeError ? tooDeep : `not YAML: ${String(error).slice(0, 160)}`;
    tree.faults.push({ offset: 0, end: 1, message });
    return tree;
  }
  for (const { code, pos, message } of [...document.errors, ...document.warnings]) {
    if (tagged && code === 'TAG_RESOLVE_FAILED') continue;
    // The parser descends by recursion, so thousands of open brackets exhaust the stack: one fault, not one per level.
    const overflow = /call stack|stack overflow/i.test(message);
    const sentence = overflow ? tooDeep : (sentences[code] ?? `not YAML: ${message.slice(0, 160)}`);
    const known = tree.faults.some(
      (fault) => fault.message === sentence && (fault.offset === pos[0] || sentence === tooDeep),
    );
    if (!known && tree.faults.length < mostSyntaxFaults)
      tree.faults.push({ offset: pos[0], end: pos[1], message: sentence });
  }
  if (tree.faults.length === 0) {
    const walk = new Walk(document, tree, tagged);
    tree.data = walk.value(document.contents, []);
  }
  return tree;
}

class Walk {
  private readonly tree: YamlTree;
  private nodes = 0;
  private readonly tagged: Tagged | undefined;
  private readonly targets: Map<Alias, Node>;

  constructor(document: Document.Parsed, tree: YamlTree, tagged?: Tagged) {
    this.tree = tree;
    this.tagged = tagged;
    this.targets = document.contents ? aliasTargets(document.contents) : new Map();
  }

  value(node: Node | null | undefined, path: Path, alias?: Place): unknown {
    const value = this.untagged(node, path, alias);
    const tag = node && !isAlias(node) ? node.tag : undefined;
    return this.tagged && tag?.startsWith('!') && tag !== '!' ? this.tagged(tag, value) : value;
  }

  private untagged(node: Node | null | undefined, path: Path, alias?: Place): unknown {
    if (!node) return null;
    const place = alias ?? placeOf(node);
    if (this.refused(place, path)) return null;
    if (isAlias(node)) return this.value(this.targets.get(node), path, place);
    this.tree.values.set(pathKey(path), place);
    if (isMap<Node, Node | null>(node)) return this.map(node.items, path, alias);
    if (isSeq<Node>(node)) return node.items.map((item, index) => this.value(item, [...path, index], alias));
    if (!isScalar(node)) return null;
    if (node.type === 'PLAIN' && node.source !== undefined)
      this.tree.values.set(pathKey(path), { ...place, plain: node.source });
    return typeof node.value === 'bigint' ? node.source : node.value;
  }

  private map(items: Pair<Node, Node | null>[], path: Path, alias?: Place): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const name = isScalar(key)
        ? typeof key.value === 'string'
          ? key.value
          : (key.source ?? String(key.value))
        : undefined;
      const place = alias ?? placeOf(key);
      if (name === undefined) {
        this.fault(
          place,
          'expected a text as key, found a map or a list (a text that begins with {{ must stand in quotes)',
        );
        continue;
      }
      if (name.length > longestKey) {
        this.fault(place, `expected a key of at most ${longestKey} characters, found one of ${name.length}`);
        continue;
      }
      if (Object.hasOwn(map, name)) {
        this.fault(place, 'expected each key once, found it a second time');
        continue;
      }
      this.tree.keys.set(pathKey([...path, name]), place);
      const plain = this.value(value, [...path, name], alias);
      Object.defineProperty(map, name, { value: plain, enumerable: true, writable: true, configurable: true });
    }
    return map;
  }

  private refused(place: Place, path: Path): boolean {
    this.nodes++;
    if (this.nodes === mostNodes + 1)
      this.fault(place, `expected at most ${mostNodes} values, aliases counted where they are used`);
    if (path.length > deepest) this.fault(place, tooDeep);
    return this.nodes > mostNodes || path.length > deepest;
  }

  private fault(place: Place, message: string): void {
    if (this.tree.faults.length < mostSyntaxFaults) this.tree.faults.push({ ...place, message });
  }
}

function placeOf(node: Node): Place {
  return { offset: node.range?.[0] ?? 0, end: node.range?.[1] ?? 1 };
}
