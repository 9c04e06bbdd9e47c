// Reads a pipeline file with everything it points at and makes the input of put-resources, or says all that is wrong.
import { dirname } from 'node:path';
import { type PipelineFile, readPipelineFile } from '../../shared/model/pipeline-file.ts';
import type { PipelineDefinition } from '../../shared/model/pipeline-schema.ts';
import { type Problem, problemText } from '../../shared/model/problem.ts';
import type { PutResourcesRequest } from '../../shared/model/put-resources.ts';
import { scheduleWarnings } from '../../shared/model/schedule-warnings.ts';
import { textOrder } from '../../shared/model/text-order.ts';
import { CommandError } from '../command-error.ts';
import { printableLines } from '../terminal-text.ts';
import { readBounded } from './bounded-file.ts';
import { fileText } from './file-text.ts';
import { readFailure } from './read-failure.ts';
import { readRecipeParts } from './recipe-parts.ts';

export type PipelineRequest = PutResourcesRequest & { pipeline: PipelineDefinition };

export type Registration = { input: PipelineRequest; warnings: Problem[] };

/** Throws a CommandError with exit code 2 that lists every problem with its place. */
export async function readRegistration(path: string, vars: Record<string, string>): Promise<Registration> {
  const text = await readBounded(path)
    .then(fileText)
    .catch((error: unknown) => {
      throw new CommandError(`Cannot read the pipeline file ${path}: ${readFailure(error)}`, { exitCode: 2 });
    });
  const file = readPipelineFile(text, { file: path, vars });
  if (!file.pipeline) throw invalid(file.problems);
  const { problems, ...registration } = await registrationOf(file.pipeline, file, dirname(path));
  if (problems.length > 0) throw invalid(problems);
  return registration;
}

/** A pipeline with what its own recipe points at; a recipe that is referred to is registered by itself. */
export async function registrationOf(
  pipeline: PipelineDefinition,
  file: Pick<PipelineFile, 'problemAt'>,
  directory: string,
): Promise<Registration & { problems: Problem[] }> {
  const told = scheduleWarnings(pipeline).map(({ path: at, message }) => file.problemAt(at, message));
  if (typeof pipeline.imageRecipe === 'string') return { input: { pipeline }, warnings: told, problems: [] };
  const { recipe, components, files, warnings, problems } = await readRecipeParts(
    pipeline.imageRecipe,
    (at, message) => file.problemAt(['imageRecipe', ...at], message),
    directory,
  );
  return {
    input: { components, pipeline: { ...pipeline, imageRecipe: recipe }, files },
    warnings: [...told, ...warnings],
    problems,
  };
}

export function invalid(problems: Problem[]): CommandError {
  const text = problems
    .toSorted(byPlace)
    .map((problem) => printableLines(problemText(problem)).join('\n'))
    .join('\n');
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new CommandError(`${text}\n${count}; nothing was started.`, { exitCode: 2 });
}

function byPlace(a: Problem, b: Problem): number {
  return textOrder(a.file, b.file) || a.line - b.line || a.column - b.column;
}
