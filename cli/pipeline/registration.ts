// Reads a pipeline file with everything it points at and makes the input of put-resources, or says all that is wrong.
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { componentNameOf } from '../../shared/model/names.ts';
import { type PipelineFile, readPipelineFile } from '../../shared/model/pipeline-file.ts';
import type { Pipeline } from '../../shared/model/pipeline-schema.ts';
import { type Problem, problemText } from '../../shared/model/problem.ts';
import { largestFiles, type PutResourcesInput } from '../../shared/model/put-resources.ts';
import { parseComponentReference } from '../../shared/model/references.ts';
import { scheduleWarnings } from '../../shared/model/schedule-warnings.ts';
import { CommandError } from '../command-error.ts';
import { printableLines } from '../terminal-text.ts';
import { readBounded } from './bounded-file.ts';
import { readDocument } from './document.ts';
import { fileText } from './file-text.ts';
import { readFailure } from './read-failure.ts';

export type Registration = { input: PutResourcesInput; warnings: Problem[] };

/** Throws a CommandError with exit code 2 that lists every problem with its place. */
export async function readRegistration(path: string, vars: Record<string, string>): Promise<Registration> {
  const text = await readBounded(path)
    .then(fileText)
    .catch((error: unknown) => {
      throw new CommandError(`Cannot read the pipeline file ${path}: ${readFailure(error)}`, { exitCode: 2 });
    });
  const file = readPipelineFile(text, { file: path, vars });
  if (!file.pipeline) throw invalid(file.problems);
  const pipeline = file.pipeline;
  const directory = dirname(path);

  const components = await readComponents(pipeline, file, directory);
  const files = await readFiles(pipeline, file, directory);
  const problems = [...components.problems, ...files.problems];
  if (problems.length > 0) throw invalid(problems);

  const imageRecipe = {
    ...pipeline.imageRecipe,
    components: pipeline.imageRecipe.components.map((entry) => ({
      ...entry,
      component: registeredReference(entry.component),
    })),
  };
  return {
    input: { components: components.components, pipeline: { ...pipeline, imageRecipe }, files: files.files },
    warnings: [
      ...scheduleWarnings(pipeline).map(({ path: at, message }) => file.problemAt(at, message)),
      ...components.warnings,
    ],
  };
}

// Image Builder has no place for the version of a file, so documents given by path all are 1.0.0 and change their build number.
const documentVersion = '1.0.0';

function registeredReference(component: string): string {
  return parseComponentReference(component)?.kind === 'path'
    ? `${componentNameOf(component)}/${documentVersion}`
    : component;
}

async function readComponents(pipeline: Pipeline, file: PipelineFile, directory: string) {
  const components = new Map<string, PutResourcesInput['components'][number]>();
  const [problems, warnings]: [Problem[], Problem[]] = [[], []];
  for (const [index, { component, parameters }] of pipeline.imageRecipe.components.entries()) {
    if (parseComponentReference(component)?.kind !== 'path') continue;
    const name = componentNameOf(component);
    const document = await readDocument(resolve(directory, component), {
      shownAs: shown(directory, component),
      name,
      parameters,
      workingDirectory: pipeline.imageRecipe.workingDirectory,
      problemInPipeline: (message, parameter) =>
        file.problemAt(
          ['imageRecipe', 'components', index, ...(parameter ? ['parameters', parameter] : ['component'])],
          message,
        ),
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

async function readFiles(pipeline: Pipeline, file: PipelineFile, directory: string) {
  const files: PutResourcesInput['files'] = [];
  const problems: Problem[] = [];
  let bytes = 0;
  for (const [index, entry] of pipeline.imageRecipe.files.entries()) {
    const at = (message: string) => problems.push(file.problemAt(['imageRecipe', 'files', index, 'source'], message));
    try {
      const content = await readBounded(resolve(directory, entry.source));
      const before = bytes;
      bytes += content.length;
      if (bytes <= largestFiles) files.push({ ...entry, content: content.toString('base64') });
      else if (before <= largestFiles) {
        at(
          `the files up to this one have ${bytes} bytes, at most ${largestFiles} can be shipped with the command: ` +
            'put larger files into S3 and fetch them with S3Download',
        );
      }
    } catch (error) {
      at(`cannot read ${shown(directory, entry.source)}: ${readFailure(error)}`);
    }
  }
  return { files, problems };
}

function shown(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

function invalid(problems: Problem[]): CommandError {
  const text = problems
    .toSorted(byPlace)
    .map((problem) => printableLines(problemText(problem)).join('\n'))
    .join('\n');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new CommandError(`${text}\n${count}; nothing was started.`, { exitCode: 2 });
}

function byPlace(a: Problem, b: Problem): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;
}
