// `apply`: compares files and folders with what is registered, shows what would change, and changes it.
import type { ResourceType } from '../../shared/model/arns.ts';
import { resourceTypes } from '../../shared/model/arns.ts';
import { normalisedName } from '../../shared/model/names.ts';
import { problemText } from '../../shared/model/problem.ts';
import type { PutResourcesOutput, PutResourcesRequest, ResourceChange } from '../../shared/model/put-resources.ts';
import type { Stack } from '../aws/stack.ts';
import { type Output, processOutput } from '../output.ts';
import { type Folder, neededBy, readResources } from '../registry/folder.ts';
import { columns } from '../report/columns.ts';
import { type StackOptions, withStack } from '../session.ts';

export type ApplyOptions = StackOptions & { dryRun?: boolean; output: 'text' | 'json' };

type Registering = Pick<Stack, 'putResources' | 'registry'>;

/** Registered, but not in the files. */
export type Orphan = { type: ResourceType; name: string; change: 'orphaned' };

export type Applied = { dryRun: boolean; resources: ResourceChange[]; orphaned: Orphan[]; warnings: string[] };

export async function apply(paths: string[], options: ApplyOptions): Promise<number> {
  const output = processOutput(options.output);
  const folder = await readResources(paths);
  for (const warning of folder.warnings) output.warn(`warning: ${problemText(warning)}`);
  const applied = await withStack(options, output, ({ stack }) => applyFolder(stack, folder, options.dryRun === true));
  for (const warning of applied.warnings) output.warn(`warning: ${warning}`);
  if (options.output === 'json') output.json(applied);
  else showChanges(applied, output);
  return 0;
}

/** Everything is rehearsed before anything is registered, so that what one pipeline lacks hinders all. */
export async function applyFolder(stack: Registering, folder: Folder, dryRun: boolean): Promise<Applied> {
  const planned = await register(stack, folder, true);
  const { resources, warnings } = dryRun ? planned : await register(stack, folder, false);
  return {
    dryRun,
    resources,
    orphaned: await orphaned(stack, folder, resources),
    warnings: [...warnings, ...leftBehind(folder, resources)],
  };
}

async function register(
  stack: Registering,
  folder: Folder,
  dryRun: boolean,
): Promise<Pick<Applied, 'resources' | 'warnings'>> {
  const answers: PutResourcesOutput[] = [];
  const { shared } = folder;
  if (Object.values(shared).some((list) => Array.isArray(list) && list.length > 0))
    answers.push(await stack.putResources({ ...shared, dryRun }));
  for (const request of folder.pipelines)
    answers.push(
      await stack.putResources({ ...(dryRun ? together(neededBy(request, folder), request) : request), dryRun }),
    );
  const all = answers.flatMap(({ resources }) => resources);
  return {
    resources: all.filter(({ arn }, index) => all.findIndex((other) => other.arn === arn) === index),
    warnings: answers.flatMap(({ warnings = [] }) => warnings),
  };
}

/** The documents of the pipeline's own recipe stand for those of the folder that are the same. */
function together(needed: PutResourcesRequest, request: PutResourcesRequest): PutResourcesRequest {
  const own = request.components ?? [];
  const others = (needed.components ?? []).filter(
    ({ name, semanticVersion }) =>
      !own.some((one) => normalisedName(one.name) === normalisedName(name) && one.semanticVersion === semanticVersion),
  );
  return { ...needed, ...request, components: [...own, ...others] };
}

/** A recipe of a concrete version that was changed has another one now: who refers to exactly the old one keeps the old content. */
function leftBehind({ shared, pipelines }: Folder, resources: ResourceChange[]): string[] {
  return pipelines.flatMap(({ pipeline: { name, imageRecipe } }) => {
    const recipe = shared.imageRecipes?.find(
      (one) => imageRecipe === `${one.recipe.name}/${one.recipe.semanticVersion}`,
    )?.recipe;
    if (!recipe || typeof imageRecipe !== 'string') return [];
    const registered = resources.filter(({ type, name: of }) => type === 'image-recipe' && of === recipe.name);
    const versions = registered.map(({ arn }) => arn.slice(arn.lastIndexOf('/') + 1));
    if (versions.length === 0 || versions.includes(recipe.semanticVersion)) return [];
    const follow = imageRecipe.replace(/[0-9]+$/, 'x');
    return [
      `The pipeline ${name} refers to ${imageRecipe}, but what the recipe ${recipe.name} says now is ${versions.join(', ')}: refer to ${follow} to follow it.`,
    ];
  });
}

async function orphaned(
  { registry }: Registering,
  { shared, pipelines }: Folder,
  resources: ResourceChange[],
): Promise<Orphan[]> {
  const known = new Set(resources.map(({ type, name }) => `${type}/${normalisedName(name)}`));
  for (const { components = [] } of [shared, ...pipelines])
    for (const { name } of components) known.add(`component/${normalisedName(name)}`);
  const registered = await Promise.all(
    resourceTypes.map(async (type) => (await registry.names(type)).map((name) => ({ type, name }))),
  );
  return registered
    .flat()
    .filter(({ type, name }) => !known.has(`${type}/${name}`))
    .map((one) => ({ ...one, change: 'orphaned' }));
}

export function showChanges({ dryRun, resources, orphaned: rest }: Applied, output: Pick<Output, 'out'>): void {
  const rows = [
    ...resources.map(({ arn, change, reason }) => [
      change,
      arn.replace(/^.*?:imagebuilder:[^:]*:[^:]*:/, ''),
      reason ? `(${reason})` : '',
    ]),
    ...rest.map(({ type, name, change }) => [change, `${type}/${name}`, '(registered, not in these files)']),
  ];
  columns(rows).forEach(output.out);
  const changed = resources.filter(({ change }) => change !== 'unchanged').length;
  const verb = dryRun ? 'would be registered; nothing was changed' : 'registered';
  output.out(`${changed} of ${resources.length} ${verb}.`);
}
