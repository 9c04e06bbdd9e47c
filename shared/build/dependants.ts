// Who refers to what of the registry, so that nothing is deleted that somebody still needs.

import type { ResourceType } from '../model/arns.ts';
import { normalisedName } from '../model/names.ts';
import type { PipelineDefinition } from '../model/pipeline-schema.ts';
import { parseComponentReference, parseVersioned } from '../model/references.ts';
import { parseVersion, type VersionReference, versionSortKey, versionSortKeyPrefix } from '../model/versions.ts';

/** One resource, or one version of it; `version` is `1.0.0/2` for components, `1.0.0` for recipes. */
export type Registered = { type: ResourceType; name: string; version?: string };

/** `by` refers to what has this name, and to the versions that `version` allows. `text` is how it is written there. */
export type Dependency = {
  by: Registered;
  type: ResourceType;
  name: string;
  version?: VersionReference;
  text: string;
};

/** `component/nginx/1.0.0/2` */
export function registeredText({ type, name, version }: Registered): string {
  return [type, normalisedName(name), version].filter((part) => part !== undefined).join('/');
}

/** What the components of a recipe refer to. */
export function dependenciesOfRecipe(by: Registered, components: { component: string }[]): Dependency[] {
  return dependenciesOfDocument(
    by,
    components.map(({ component }) => component),
  );
}

/** Of the documents that a document runs, or a recipe names, those that are registered components. */
export function dependenciesOfDocument(by: Registered, references: string[]): Dependency[] {
  return references.flatMap((text) => {
    const reference = parseComponentReference(text);
    if (reference?.kind !== 'registered') return [];
    const { name, version } = reference;
    return [{ by, type: 'component' as const, name: normalisedName(name), version, text }];
  });
}

/** What a pipeline refers to, the components of its own recipe among it. */
export function dependenciesOfPipeline(pipeline: PipelineDefinition): Dependency[] {
  const by: Registered = { type: 'image-pipeline', name: pipeline.name };
  const { imageRecipe } = pipeline;
  const recipe = typeof imageRecipe === 'string' ? parseVersioned('image-recipe', imageRecipe) : undefined;
  const configurations = [
    ['infrastructure-configuration', pipeline.infrastructureConfiguration],
    ['distribution-configuration', pipeline.distributionConfiguration],
  ] as const;
  return [
    ...(recipe
      ? [
          {
            by,
            type: 'image-recipe' as const,
            name: normalisedName(recipe.name),
            version: recipe.version,
            text: String(imageRecipe),
          },
        ]
      : []),
    ...(typeof imageRecipe === 'string' ? [] : dependenciesOfRecipe(by, imageRecipe.components)),
    ...configurations.flatMap(([type, own]) =>
      typeof own === 'string' ? [{ by, type, name: normalisedName(own), text: own }] : [],
    ),
  ];
}

/** Whether a dependency allows this version: any, of what has none. */
export function allows({ version: reference }: Pick<Dependency, 'version'>, version: string | undefined): boolean {
  if (reference === undefined || version === undefined) return true;
  const [numbers = '', build = '0'] = version.split('/');
  return versionSortKey(parseVersion(numbers)!, Number(build)).startsWith(versionSortKeyPrefix(reference));
}

/**
 * Dependencies that lead nowhere once `deleted` is gone and `left` is what stays of the same names: a wildcard is
 * content with any version that it allows.
 */
export function broken(dependencies: Dependency[], deleted: Registered[], left: Registered[]): Dependency[] {
  const meant = (dependency: Dependency, one: Registered) =>
    one.type === dependency.type && normalisedName(one.name) === dependency.name && allows(dependency, one.version);
  return dependencies.filter(
    (dependency) => deleted.some((one) => meant(dependency, one)) && !left.some((one) => meant(dependency, one)),
  );
}
