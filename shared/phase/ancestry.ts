// What an image of a pipeline is made of: parent image and components resolved.
import type { AmiView } from '../build/ami.ts';
import { contentHash } from '../build/content-hash.ts';
import type { Ancestry, ComponentBuild } from '../model/ancestry.ts';
import { parentImageText } from '../model/parent-image.ts';
import { parseComponentReference } from '../model/references.ts';
import { imageTag } from '../model/tags.ts';
import type { Components } from '../store/components.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import { type Resolving, resolveParent } from './resolve-parent.ts';

/** The ancestry of an image of this registration from this parent and these components. */
export function ancestryOf(
  { pipeline: { imageRecipe }, files }: Pick<ResolvedPipeline, 'pipeline' | 'files'>,
  parent: Pick<AmiView, 'id' | 'tags'>,
  components: ComponentBuild[],
): Ancestry {
  // Tags are told to the account that set them only: an AMI of somebody else's cannot pass for one of ours.
  const arn = parent.tags[imageTag];
  return {
    parentImage: { id: parent.id, reference: parentImageText(imageRecipe.parentImage), ...(arn && { arn }) },
    components: components.map(({ name, version, build }) => ({ name, version, build })),
    recipe: `${imageRecipe.name}/${imageRecipe.semanticVersion}`,
    contentHash: contentHash({ imageRecipe, files }),
  };
}

/** Resolves as prepare-image would at this moment; throws what it would throw. */
export async function ancestryNow(
  resolving: Resolving & { components: Components },
  record: ResolvedPipeline,
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
