// The order in which the resources of a stack can be made.
import type { ResolvedResource } from './stack.ts';

/** Each resource after those that it depends on. Throws an Error that names the circle where there is one. */
export function order(
  resources: ResolvedResource[],
  dependencies: (logicalId: string) => string[],
): ResolvedResource[] {
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));
  const ordered = new Set<ResolvedResource>();
  const visit = (logicalId: string, path: string[]): void => {
    const resource = byId.get(logicalId);
    if (!resource || ordered.has(resource)) return;
    if (path.includes(logicalId))
      throw new Error(`circular dependency: ${[...path.slice(path.indexOf(logicalId)), logicalId].join(' → ')}`);
    for (const needed of dependencies(logicalId)) visit(needed, [...path, logicalId]);
    ordered.add(resource);
  };
  for (const { logicalId } of resources) visit(logicalId, []);
  return [...ordered];
}
