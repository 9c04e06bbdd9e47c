// Whether the instance types of a pipeline run the parent image at all: told before anything is launched.

/**
 * A sentence about the types that do not run images of this architecture; undefined when all do. `supported` is by type;
 * what EC2 told nothing about counts as unable.
 */
export function architectureProblem(
  parent: { id: string; architecture?: string },
  types: string[],
  supported: ReadonlyMap<string, string[]>,
): string | undefined {
  const { id, architecture } = parent;
  if (architecture === undefined) return undefined;
  const unable = types.filter((type) => !supported.get(type)?.includes(architecture));
  if (unable.length === 0) return undefined;
  const told = unable.map((type) => `${type} (${supported.get(type)?.join(', ') ?? 'not told by EC2'})`).join(', ');
  return `The parent image ${id} is ${architecture}, which these instance types do not run: ${told}. Change instanceTypes or the parent image.`;
}
