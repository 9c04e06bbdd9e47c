// The resources that files and folders hold, read with everything they point at, or all that is wrong with them.
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkDocument } from '../../shared/component/check-document.ts';
import { locate } from '../../shared/component/excerpt.ts';
import { executedDocuments } from '../../shared/component/executed-documents.ts';
import { componentNameOf, isName, normalisedName } from '../../shared/model/names.ts';
import { type Problem, problemAt } from '../../shared/model/problem.ts';
import { largestDocument, type PutResourcesRequest } from '../../shared/model/put-resources.ts';
import { parseComponentReference } from '../../shared/model/references.ts';
import { type Resource, readResourceFile } from '../../shared/model/resource-file.ts';
import { CommandError } from '../command-error.ts';
import { readBounded } from '../pipeline/bounded-file.ts';
import { readDocument } from '../pipeline/document.ts';
import { readFailure } from '../pipeline/read-failure.ts';
import { documentVersion, readRecipeParts } from '../pipeline/recipe-parts.ts';
import { invalid, type PipelineRequest, registrationOf } from '../pipeline/registration.ts';

/** What is registered by itself, in one call, and each pipeline, in a call of its own. */
export type Folder = { shared: PutResourcesRequest; pipelines: PipelineRequest[]; warnings: Problem[] };

type File = {
  path: string;
  resource: Resource;
  problemAt(path: PropertyKey[], message: string): Problem;
  text: string;
};

const mostFiles = 1000;

/** Throws a CommandError with exit code 2 that lists every problem with its place. */
export async function readResources(paths: string[]): Promise<Folder> {
  const problems: Problem[] = [];
  const files: File[] = [];
  const found = [...new Set((await Promise.all(paths.map(filesIn))).flat())];
  for (const path of found) {
    const read = await readBounded(path).catch((error: unknown) => {
      throw new CommandError(`Cannot read ${path}: ${readFailure(error)}`, { exitCode: 2 });
    });
    const text = read.toString('utf8');
    const { output: resource, ...file } = readResourceFile(text, { file: path });
    if (resource) files.push({ path, text, resource, problemAt: file.problemAt });
    else problems.push(...file.problems);
  }
  // A file that a recipe ships may be YAML of any kind, and a document that a component names is that component's.
  const pointedAt = new Set(files.flatMap(pathsOf));
  const own = files.filter(({ path }) => !pointedAt.has(resolve(path)));
  const wrong = problems.filter(({ file }) => !pointedAt.has(resolve(file)));
  const folder: Folder = { shared: empty(), pipelines: [], warnings: [] };
  for (const file of own) wrong.push(...(await add(folder, file)));
  wrong.push(...repeated(own));
  if (wrong.length > 0) throw invalid(wrong);
  if (own.length === 0)
    throw new CommandError(`There is nothing to register in ${paths.join(', ')}: no .yml, .yaml or .json file.`, {
      exitCode: 2,
    });
  return folder;
}

/** Files that would take each other's place; documents are compared when they are read. */
function repeated(files: File[]): Problem[] {
  const first = new Map<string, File>();
  return files.flatMap((file) => {
    const named = nameOf(file.resource);
    const before = named && first.get(named.key);
    if (!named || !before) {
      if (named) first.set(named.key, file);
      return [];
    }
    const message = `${before.path} is the ${named.what} of this name already (names are compared in lower case, with - for blank and _): rename one`;
    return [file.problemAt(['name'], message)];
  });
}

function nameOf(resource: Resource): { what: string; key: string } | undefined {
  if (resource.type === 'component' || resource.type === 'document') return undefined;
  const { name, version } =
    resource.type === 'image-pipeline'
      ? { name: resource.pipeline.name, version: '' }
      : resource.type === 'image-recipe'
        ? { name: resource.recipe.name, version: ` ${resource.recipe.semanticVersion}` }
        : { name: resource.name, version: '' };
  const what = resource.type.replace('-', ' ');
  return { what: `${what}${version}`, key: `${what}${version} ${normalisedName(name)}` };
}

const empty = () => ({
  components: [] as NonNullable<PutResourcesRequest['components']>,
  imageRecipes: [] as NonNullable<PutResourcesRequest['imageRecipes']>,
  infrastructureConfigurations: [] as NonNullable<PutResourcesRequest['infrastructureConfigurations']>,
  distributionConfigurations: [] as NonNullable<PutResourcesRequest['distributionConfigurations']>,
  lifecyclePolicies: [] as NonNullable<PutResourcesRequest['lifecyclePolicies']>,
});

/** A file as it is named; the YAML and JSON files of a folder, hidden ones and node_modules left out. */
async function filesIn(path: string): Promise<string[]> {
  const about = await stat(path).catch((error: unknown) => {
    throw new CommandError(`Cannot read ${path}: ${readFailure(error)}`, { exitCode: 2 });
  });
  if (!about.isDirectory()) return [path];
  const files: string[] = [];
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const inner = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(inner);
      else if (/\.(?:ya?ml|json)$/i.test(entry.name)) files.push(inner);
      if (files.length > mostFiles)
        throw new CommandError(`${path} holds more than ${mostFiles} YAML and JSON files: is this the right folder?`, {
          exitCode: 2,
        });
    }
  }
  return files.sort();
}

/** What a file points at, as absolute paths: shipped files, and the document of a component. */
function pathsOf({ path, resource }: File): string[] {
  const at = (inner: string) => resolve(dirname(path), inner);
  switch (resource.type) {
    case 'image-pipeline':
      return typeof resource.pipeline.imageRecipe === 'string'
        ? []
        : resource.pipeline.imageRecipe.files.map(({ source }) => at(source));
    case 'image-recipe':
      return resource.recipe.files.map(({ source }) => at(source));
    case 'component':
      return resource.component.uri === undefined ? [] : [at(resource.component.uri)];
    default:
      return [];
  }
}

async function add(folder: Folder, file: File): Promise<Problem[]> {
  const { path, resource, problemAt } = file;
  const { shared, warnings } = folder;
  const directory = dirname(path);
  switch (resource.type) {
    case 'image-pipeline': {
      const made = await registrationOf(resource.pipeline, { problemAt }, directory);
      folder.pipelines.push(made.input);
      warnings.push(...made.warnings);
      return made.problems;
    }
    case 'image-recipe': {
      const parts = await readRecipeParts(resource.recipe, problemAt, directory);
      shared.imageRecipes!.push({ description: resource.description, recipe: parts.recipe, files: parts.files });
      warnings.push(...parts.warnings);
      return [...parts.problems, ...parts.components.flatMap((one) => addComponent(folder, file, one))];
    }
    case 'infrastructure-configuration': {
      const { type: _, ...configuration } = resource;
      shared.infrastructureConfigurations!.push(configuration);
      return [];
    }
    case 'distribution-configuration': {
      const { type: _, ...configuration } = resource;
      shared.distributionConfigurations!.push(configuration);
      return [];
    }
    case 'lifecycle-policy': {
      const { type: _, ...configuration } = resource;
      shared.lifecyclePolicies!.push(configuration);
      return [];
    }
    case 'component': {
      const { platform: _, ...asked } = resource.component;
      return component(folder, file, asked);
    }
    case 'document': {
      const name = componentNameOf(path);
      if (!isName(name))
        return [
          problemAt(
            [],
            `expected a file name that gives a component name of 3 to 128 letters, digits, - and _, found "${name}"`,
          ),
        ];
      return component(folder, file, { name, semanticVersion: documentVersion, data: file.text });
    }
  }
}

type Asked = {
  name: string;
  semanticVersion: string;
  description?: string | undefined;
  data?: string | undefined;
  uri?: string | undefined;
};

/** A document named by path in a recipe is pinned there; one that is registered for itself is not. */
async function component(folder: Folder, file: File, { data, uri, ...asked }: Asked): Promise<Problem[]> {
  if (uri !== undefined) {
    const read = await readDocument(resolve(dirname(file.path), uri), {
      shownAs: join(dirname(file.path), uri),
      name: asked.name,
      workingDirectory: '/tmp',
      problemInPipeline: (message) => file.problemAt(['uri'], message),
    });
    folder.warnings.push(...read.warnings);
    if (read.data === undefined || read.problems.length > 0) return read.problems;
    return addComponent(folder, file, { ...asked, data: read.data, pinned: false });
  }
  const at = file.resource.type === 'document' ? [] : ['data'];
  if (data!.length > largestDocument)
    return [
      file.problemAt(at, `the document has ${data!.length} characters, at most ${largestDocument} can be stored`),
    ];
  const errors = checkDocument(data!).diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    return errors.map(({ message, offset, end }) =>
      at.length === 0
        ? problemAt(file.path, file.text, offset, message, end)
        : file.problemAt(at, `line ${locate(data!, offset).line} of the document: ${message}`),
    );
  return addComponent(folder, file, { ...asked, data: data!, pinned: false });
}

type Component = NonNullable<PutResourcesRequest['components']>[number];

/** The same document may be named by several files; two documents of one name and version may not. */
function addComponent({ shared }: Folder, file: File, added: Component): Problem[] {
  const same = (other: Component) =>
    normalisedName(other.name) === normalisedName(added.name) && other.semanticVersion === added.semanticVersion;
  const known = shared.components!.find(same);
  if (!known) shared.components!.push(added);
  else if (known.data !== added.data)
    return [
      file.problemAt(
        file.resource.type === 'component' ? ['name'] : [],
        `another document of these files is component ${added.name} ${added.semanticVersion} already: rename one`,
      ),
    ];
  else known.pinned = known.pinned !== false || added.pinned !== false;
  return [];
}

/** What a pipeline of the folder needs of the rest, for a plan of things that are not registered yet. */
export function neededBy({ pipeline }: PipelineRequest, { shared }: Folder): PutResourcesRequest {
  const {
    imageRecipe,
    infrastructureConfiguration: infrastructure,
    distributionConfiguration: distribution,
  } = pipeline;
  const named = (reference: unknown, name: string) =>
    typeof reference === 'string' &&
    normalisedName(reference.replace(/^arn:[^/]*\//, '').split('/')[0]!) === normalisedName(name);
  const imageRecipes = shared.imageRecipes!.filter(({ recipe }) => named(imageRecipe, recipe.name));
  const entries = [
    ...imageRecipes.flatMap(({ recipe }) => recipe.components),
    ...(typeof imageRecipe === 'string' ? [] : imageRecipe.components),
  ];
  const components = new Set<Component>();
  const need = (text: string) => {
    if (parseComponentReference(text)?.kind !== 'registered') return;
    for (const one of shared.components!.filter(({ name }) => named(text, name))) {
      if (components.has(one)) continue;
      components.add(one);
      executedDocuments(one.data).forEach(need);
    }
  };
  for (const { component, parameters } of entries) {
    need(component);
    // What a document runs may be what the recipe says.
    Object.values(parameters).forEach(need);
  }
  return {
    components: shared.components!.filter((one) => components.has(one)),
    imageRecipes,
    infrastructureConfigurations: shared.infrastructureConfigurations!.filter(({ name }) =>
      named(infrastructure, name),
    ),
    distributionConfigurations: shared.distributionConfigurations!.filter(({ name }) => named(distribution, name)),
  };
}
