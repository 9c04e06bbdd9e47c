// What `build` is given: one pipeline file, or a folder with one pipeline and everything it refers to.
import { stat } from 'node:fs/promises';
import type { Problem } from '../../shared/model/problem.ts';
import type { PutResourcesRequest } from '../../shared/model/put-resources.ts';
import { CommandError } from '../command-error.ts';
import { neededBy, readResources } from '../registry/folder.ts';
import { type PipelineRequest, readRegistration } from './registration.ts';

export type Buildable = {
  input: PipelineRequest;
  /** What the pipeline refers to, registered before it. */
  before?: PutResourcesRequest;
  warnings: Problem[];
};

/** Throws a CommandError with exit code 2 that lists every problem with its place. */
export async function readBuildable(path: string, vars: Record<string, string>): Promise<Buildable> {
  const about = await stat(path).catch(() => undefined);
  if (!about?.isDirectory()) return readRegistration(path, vars);
  if (Object.keys(vars).length > 0)
    throw new CommandError(
      `--var is for one pipeline file, ${path} is a folder: name the file, or change the defaults.`,
      {
        exitCode: 2,
      },
    );
  const folder = await readResources([path]);
  const [input, ...others] = folder.pipelines;
  if (!input || others.length > 0) {
    const names = folder.pipelines.map(({ pipeline }) => pipeline.name).join(', ');
    throw new CommandError(
      `${path} holds ${folder.pipelines.length} pipelines${names && ` (${names})`}: \`build\` builds one. Register the folder with \`apply\`, then name the pipeline's file.`,
      { exitCode: 2 },
    );
  }
  return { input, before: neededBy(input, folder), warnings: folder.warnings };
}
