// What a recipe refers to, as it is registered: ARNs as names, documents that came along pinned to their build, the rest checked to exist.
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import type { Home } from '../model/arns.ts';
import type { ImageRecipe } from '../model/image-recipe-schema.ts';
import { normalisedName } from '../model/names.ts';
import { parseComponentReference } from '../model/references.ts';
import type { Components } from '../store/components.ts';
import { isAt, ownReference } from './own-references.ts';

/** A component of this call, with the build it got. */
export type PutComponent = { name: string; version: string; build: number; pinned: boolean };

export async function settledRecipe<Recipe extends Pick<ImageRecipe, 'components' | 'parentImage'>>(
  { components, home }: { components: Components; home: Home },
  recipe: Recipe,
  put: PutComponent[],
): Promise<Recipe> {
  const list = recipe.components.map(async (entry) => {
    const component = ownReference(home, entry.component);
    const reference = parseComponentReference(component);
    if (reference?.kind !== 'registered') throw new NotFoundError(`The component ${component} is not registered.`);
    const own = put.find(
      ({ name, version, pinned }) =>
        pinned &&
        component.slice(component.indexOf('/') + 1) === version &&
        normalisedName(name) === normalisedName(reference.name),
    );
    if (own) return { ...entry, component: `${normalisedName(own.name)}/${own.version}/${own.build}` };
    if (await components.find(reference.name, reference.version)) return { ...entry, component };
    throw new NotFoundError(
      `There is no component ${component}: register it, or name its document by path in the pipeline file.`,
    );
  });
  return { ...recipe, components: await Promise.all(list) };
}

/** A parent image that was built here is one of this account and region; a build would only find out later. */
export function assertOwnParent(home: Home, { parentImage }: Pick<ImageRecipe, 'parentImage'>): void {
  if (typeof parentImage !== 'string' || isAt(home, parentImage)) return;
  throw new InvalidRequestError(
    `The parent image ${parentImage} is not of account ${home.accountId} in ${home.region}: name an AMI id, ssm:<parameter>, or an image that was built here.`,
  );
}
