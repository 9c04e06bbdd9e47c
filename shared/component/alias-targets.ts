// What the aliases of a YAML document stand for, found in one walk: `Alias.resolve` of the library walks the document for each.
import { type Alias, isAlias, isNode, type Node, visit } from 'yaml';

/** Which node each alias stands for: the last one before it that bears its anchor. */
export function aliasTargets(contents: Node): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(contents, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (isNode(node) && node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
