// What an image of a pipeline is made of: parent image, components and the documents that they run, resolved.
import type { AmiView } from '../build/ami.ts';
import { contentHash } from '../build/content-hash.ts';
import { NotFoundError } from '../errors.ts';
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
  documents: NonNullable<Ancestry['documents']>,
): Ancestry {
  // Tags are told to the account that set them only: an AMI of somebody else's cannot pass for one of ours.
  const arn = parent.tags[imageTag];
  return {
    parentImage: { id: parent.id, reference: parentImageText(imageRecipe.parentImage), ...(arn && { arn }) },
    components: components.map(builtAs),
    ...(documents.length > 0 && {
      documents: documents.map(({ reference, ...one }) => ({ reference, ...builtAs(one) })),
    }),
    recipe: `${imageRecipe.name}/${imageRecipe.semanticVersion}`,
    contentHash: contentHash({ imageRecipe, files }),
  };
}

const builtAs = ({ name, version, build }: ComponentBuild): ComponentBuild => ({ name, version, build });

/**
 * Resolves as prepare-image would at this moment; throws what it would throw. Which documents are run follows from recipe
 * and components: for as long as those are the same, so are the references of `before`.
 */
export async function ancestryNow(
  resolving: Resolving & { components: Components },
  record: ResolvedPipeline,
  region: string,
  before: Ancestry | undefined,
): Promise<Ancestry> {
  const { parentImage, components } = record.pipeline.imageRecipe;
  const newest = async (reference: string): Promise<ComponentBuild> => {
    const parsed = parseComponentReference(reference);
    const found =
      parsed?.kind === 'registered' ? await resolving.components.find(parsed.name, parsed.version) : undefined;
    if (found) return found;
    throw new NotFoundError(`There is no component ${reference}.`);
  };
  const [parent, builds, documents] = await Promise.all([
    resolveParent(resolving, parentImage, region),
    Promise.all(components.map(({ component }) => newest(component))),
    Promise.all((before?.documents ?? []).map(async ({ reference }) => ({ reference, ...(await newest(reference)) }))),
  ]);
  return ancestryOf(record, parent, builds, documents);
}
