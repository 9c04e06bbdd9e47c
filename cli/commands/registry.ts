// `pipelines`, `components` and `recipes`: what is registered, shown, switched on and off, and deleted.
import type { ResourceType } from '../../shared/model/arns.ts';
import { parseArn } from '../../shared/model/arns.ts';
import { normalisedName } from '../../shared/model/names.ts';
import type { RegisteredPipeline } from '../aws/registry-table.ts';
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { type Output, processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { type StackOptions, withStack } from '../session.ts';

export type RegistryOptions = StackOptions & { output: 'text' | 'json' };

type Versioned = 'component' | 'image-recipe';

export async function listPipelines(options: RegistryOptions): Promise<number> {
  const found = await inStack(options, async ({ registry }) => {
    const names = await registry.names('image-pipeline');
    return (await Promise.all(names.map(registry.pipeline))).filter((one) => one !== undefined);
  });
  const list = found.map(({ pipeline, dateUpdated }) => {
    const { name, status, imageRecipe: recipe } = pipeline;
    const made = typeof recipe === 'string' ? recipe : `${recipe.name}/${recipe.semanticVersion}`;
    return { name, status, imageRecipe: made, dateUpdated };
  });
  show(options, list, () =>
    list.length === 0
      ? ['There are no pipelines yet.']
      : columns(list.map(({ name, status, imageRecipe, dateUpdated }) => [name, status, imageRecipe, dateUpdated])),
  );
  return 0;
}

export async function showPipeline(name: string, options: RegistryOptions): Promise<number> {
  const { pipeline, files, dateUpdated } = await inStack(options, (stack) => readPipeline(stack, name));
  const shown = { ...pipeline, dateUpdated, files: files.map(({ source, destination }) => ({ source, destination })) };
  await showWhole(options, shown);
  return 0;
}

export async function switchPipeline(
  name: string,
  status: 'ENABLED' | 'DISABLED',
  options: RegistryOptions,
): Promise<number> {
  const change = await inStack(options, async (stack) => {
    const { pipeline, files } = await readPipeline(stack, name);
    return stack.putResources({ pipeline: { ...pipeline, status }, files });
  });
  const told = change.change === 'unchanged' ? `is ${status} already` : `is now ${status}`;
  show(options, { name, status, change: change.change }, () => [`The pipeline ${name} ${told}.`]);
  return 0;
}

export async function listVersioned(type: Versioned, options: RegistryOptions): Promise<number> {
  const list = await inStack(options, async ({ registry }) => {
    const names = await registry.names(type);
    const versions = await Promise.all(names.map((name) => registry.versions(type, name)));
    return names
      .map((name, index) => ({ name, versions: versions[index]!.map(({ version }) => version) }))
      .filter(({ versions: some }) => some.length > 0);
  });
  const what = type === 'component' ? 'components' : 'recipes';
  show(options, list, () =>
    list.length === 0
      ? [`There are no ${what} yet.`]
      : columns(
          list.map(({ name, versions: [newest = '', ...older] }) => [
            name,
            newest,
            older.length > 0 ? `and ${older.length} older` : '',
          ]),
        ),
  );
  return 0;
}

/** `name` is a name for the newest version, `name/1.0.0` (of a component its newest build), `name/1.0.0/2`, or an ARN. */
export async function showVersioned(type: Versioned, reference: string, options: RegistryOptions): Promise<number> {
  const [name = '', ...rest] = named(type, reference).split('/');
  const wanted = rest.join('/');
  const found = await inStack(options, async ({ registry }) => {
    const versions = await registry.versions(type, name);
    const fits = versions.find(
      ({ version }) =>
        wanted === '' || version === wanted || version.startsWith(`${wanted}/`) || isWild(wanted, version),
    );
    if (!fits) throw missing(type, reference);
    return { name: normalisedName(name), ...fits };
  });
  if (options.output === 'text' && type === 'component' && 'data' in found) {
    const { data, ...facts } = found;
    await showWhole(options, facts);
    processOutput('text').out(`---\n${String(data).trimEnd()}`);
  } else await showWhole(options, found);
  return 0;
}

export async function deleteRegistered(
  type: ResourceType,
  references: string[],
  options: RegistryOptions & { dryRun?: boolean },
): Promise<number> {
  const resources = references.map((reference) => `${type}/${withVersions(type, named(type, reference))}`);
  const answer = await inStack(options, (stack) =>
    stack.deleteResources({ resources, ...(options.dryRun && { dryRun: true }) }),
  );
  show(options, answer, () => [
    ...answer.deleted.map(({ arn }) => `${answer.dryRun ? 'would delete' : 'deleted'} ${arn}`),
    ...(answer.remaining.length === 0
      ? []
      : [
          `Images that stay, with their AMIs (${answer.remaining.length}):`,
          ...answer.remaining.map(({ arn, status, amis }) =>
            `  ${arn} ${status} ${amis.map(({ region, image }) => `${region} ${image}`).join(', ')}`.trimEnd(),
          ),
        ]),
  ]);
  return 0;
}

/** A name alone means every version: the function wants that said. */
function withVersions(type: ResourceType, reference: string): string {
  const hasVersions = type === 'component' || type === 'image-recipe';
  return hasVersions && !reference.includes('/') ? `${reference}/x.x.x` : reference;
}

export function named(type: ResourceType, reference: string): string {
  const arn = parseArn(reference);
  if (!arn) return reference;
  if (arn.type !== type)
    throw new CommandError(`${reference} is the ARN of a ${arn.type}, not of a ${type}.`, { exitCode: 2 });
  return [arn.name, arn.version, arn.build].filter((part) => part !== undefined).join('/');
}

/** `1.x.x` means the newest that begins with `1.`: versions are listed newest first. */
const isWild = (wanted: string, version: string) =>
  wanted.endsWith('.x') && version.startsWith(wanted.replace(/(?:x\.)*x$/, ''));

async function readPipeline({ registry }: Pick<Stack, 'registry'>, name: string): Promise<RegisteredPipeline> {
  const found = await registry.pipeline(named('image-pipeline', name));
  if (found) return found;
  throw missing('image-pipeline', name);
}

export function missing(type: ResourceType, reference: string): CommandError {
  const groups = { component: 'components', 'image-recipe': 'recipes', 'lifecycle-policy': 'lifecycle' };
  const group = groups[type as keyof typeof groups] ?? 'pipelines';
  return new CommandError(
    `There is no ${type.replace('-', ' ')} ${reference}: \`./image-builder ${group} list\` shows those there are.`,
    { exitCode: 2 },
  );
}

export function inStack<Result>(options: RegistryOptions, work: (stack: Stack) => Promise<Result>): Promise<Result> {
  return withStack(options, processOutput('json'), ({ stack }) => work(stack));
}

export function show(options: RegistryOptions, value: unknown, lines: () => string[]): void {
  const output: Output = processOutput(options.output);
  if (options.output === 'json') output.json(value);
  else lines().forEach(output.out);
}

/** For people as YAML, as they would write it. */
export async function showWhole(options: RegistryOptions, value: unknown): Promise<void> {
  const { stringify } = await import('yaml');
  show(options, value, () => [stringify(value, { lineWidth: 120, aliasDuplicateObjects: false }).trimEnd()]);
}
