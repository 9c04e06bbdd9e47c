// What an image of a pipeline would be made of now: parent image and components resolved.
import { createHash } from 'node:crypto';
import type { AmiView } from '../build/ami.ts';
import type { Ancestry, ComponentBuild } from '../model/ancestry.ts';
import { parseComponentReference } from '../model/references.ts';
import type { Components } from '../store/components.ts';
import type { PipelineRecord } from '../store/pipelines.ts';
import { type Resolving, resolveParent } from './resolve-parent.ts';

/** The ancestry of an image of this registration from this parent and these components. */
export function ancestryOf(
  { pipeline: { imageRecipe }, files }: Pick<PipelineRecord, 'pipeline' | 'files'>,
  parent: Pick<AmiView, 'id'>,
  components: ComponentBuild[],
): Ancestry {
  const contentHash = createHash('sha256').update(JSON.stringify({ imageRecipe, files })).digest('hex');
  return {
    parentImage: { id: parent.id },
    components: components.map(({ name, version, build }) => ({ name, version, build })),
    recipe: `${imageRecipe.name}/${imageRecipe.semanticVersion}`,
    contentHash,
  };
}

/** Resolves as prepare-image would at this moment; throws what it would throw. */
export async function ancestryNow(
  resolving: Resolving & { components: Components },
  record: PipelineRecord,
  region: string,
): Promise<Ancestry> {
  const { parentImage, components } = record.pipeline.imageRecipe;
  const found = components.map(async ({ component }) => {
    const reference = parseComponentReference(component);
    return reference?.kind === 'registered' ? resolving.components.find(reference.name, reference.version) : undefined;
  });
  const [parent, ...builds] = await Promise.all([resolveParent(resolving, parentImage, region), ...found]);
  return ancestryOf(
    record,
    parent,
    builds.filter((build) => build !== undefined),
  );
}
