// What lies beside the file of a recipe: the component documents that it names by path, and the files that it ships.
import { isAbsolute, join, resolve } from 'node:path';
import type { ImageRecipe } from '../../shared/model/image-recipe-schema.ts';
import { componentNameOf } from '../../shared/model/names.ts';
import { type Problem, problemText } from '../../shared/model/problem.ts';
import { largestFiles, type PutResourcesRequest } from '../../shared/model/put-resources.ts';
import { parseComponentReference } from '../../shared/model/references.ts';
import { readBounded } from './bounded-file.ts';
import { readDocument } from './document.ts';
import { readFailure } from './read-failure.ts';

/** A problem at a path within the recipe. */
export type At = (path: PropertyKey[], message: string) => Problem;

type Recipe = Pick<ImageRecipe, 'components' | 'files' | 'workingDirectory'>;
type Component = NonNullable<PutResourcesRequest['components']>[number];

export type RecipeParts<Of extends Recipe> = {
  /** Paths are replaced by what their documents are registered as. */
  recipe: Of;
  components: Component[];
  files: NonNullable<PutResourcesRequest['files']>;
  problems: Problem[];
  warnings: Problem[];
};

/** Paths are relative to `directory`. */
export async function readRecipeParts<Of extends Recipe>(
  recipe: Of,
  at: At,
  directory: string,
): Promise<RecipeParts<Of>> {
  const { components, problems, warnings } = await readComponents(recipe, at, directory);
  const files = await readFiles(recipe, at, directory);
  const entries = recipe.components.map((entry) => ({ ...entry, component: registeredReference(entry.component) }));
  return {
    recipe: { ...recipe, components: entries },
    components,
    files: files.files,
    problems: [...problems, ...files.problems],
    warnings,
  };
}

// Image Builder has no place for the version of a file, so documents given by path all are 1.0.0 and change their build number.
export const documentVersion = '1.0.0';

function registeredReference(component: string): string {
  return parseComponentReference(component)?.kind === 'path'
    ? `${componentNameOf(component)}/${documentVersion}`
    : component;
}

async function readComponents(recipe: Recipe, at: At, directory: string) {
  const components = new Map<string, Component>();
  const [problems, warnings]: [Problem[], Problem[]] = [[], []];
  for (const [index, { component, parameters }] of recipe.components.entries()) {
    if (parseComponentReference(component)?.kind !== 'path') continue;
    const name = componentNameOf(component);
    const document = await readDocument(resolve(directory, component), {
      shownAs: shown(directory, component),
      name,
      parameters,
      workingDirectory: recipe.workingDirectory,
      problemInPipeline: (message, parameter) =>
        at(['components', index, ...(parameter ? ['parameters', parameter] : ['component'])], message),
    });
    // The same document twice, with other parameters: what is wrong with its text is said once.
    const fresh = (problem: Problem) =>
      ![...problems, ...warnings].some((known) => problemText(known) === problemText(problem));
    problems.push(...document.problems.filter(fresh));
    warnings.push(...document.warnings.filter(fresh));
    if (document.data !== undefined)
      components.set(name, { name, semanticVersion: documentVersion, data: document.data });
  }
  return { components: [...components.values()], problems, warnings };
}

async function readFiles(recipe: Recipe, at: At, directory: string) {
  const files: NonNullable<PutResourcesRequest['files']> = [];
  const problems: Problem[] = [];
  let bytes = 0;
  for (const [index, entry] of recipe.files.entries()) {
    const refuse = (message: string) => problems.push(at(['files', index, 'source'], message));
    try {
      const content = await readBounded(resolve(directory, entry.source));
      const before = bytes;
      bytes += content.length;
      if (bytes <= largestFiles) files.push({ ...entry, content: content.toString('base64') });
      else if (before <= largestFiles) {
        refuse(
          `the files up to this one have ${bytes} bytes, at most ${largestFiles} can be shipped with the command: ` +
            'put larger files into S3 and fetch them with S3Download',
        );
      }
    } catch (error) {
      refuse(`cannot read ${shown(directory, entry.source)}: ${readFailure(error)}`);
    }
  }
  return { files, problems };
}

export function shown(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}
