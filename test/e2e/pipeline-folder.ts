// Pipeline files for tests, each in a folder with its components and files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';

export type Commands = { name: string; commands: string[]; [key: string]: unknown }[];

/** A component document of ExecuteBash steps. */
export function component(name: string, phases: Record<string, Commands>, more: object = {}): string {
  return stringify({
    name,
    schemaVersion: 1.0,
    ...more,
    phases: Object.entries(phases).map(([phase, steps]) => ({
      name: phase,
      steps: steps.map(({ commands, ...step }) => ({ action: 'ExecuteBash', ...step, inputs: { commands } })),
    })),
  });
}

export type Recipe = { components?: object[]; files?: object[]; parentImage?: string; [key: string]: unknown };

/** Writes `<folder>/<name>/pipeline.yml` with the files beside it; answers its path. */
export function pipeline(
  folder: string,
  name: string,
  recipe: Recipe,
  files: Record<string, string>,
  more: object = {},
): string {
  const directory = join(folder, name);
  const text = stringify({
    name,
    imageRecipe: { name, semanticVersion: '1.0.0', parentImage: debian, ...recipe },
    ...more,
  });
  for (const [path, content] of Object.entries({ ...files, 'pipeline.yml': text })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return join(directory, 'pipeline.yml');
}

const debian = 'ssm:/aws/service/debian/release/12/latest/amd64';

export const toRegions = (...regions: string[]) => ({ distributions: regions.map((region) => ({ region })) });
