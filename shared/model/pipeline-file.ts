// A pipeline file: YAML text to a validated pipeline, or to every problem it has, each with its place.
import { check, type Finding } from './check.ts';
import { type CheckedFile, type Judge, readCheckedFile } from './checked-file.ts';
import type { ImageRecipe } from './image-recipe-schema.ts';
import { componentNameOf, isName } from './names.ts';
import { type PipelineDefinition, pipelineDefinitionSchema } from './pipeline-schema.ts';
import { parseComponentReference } from './references.ts';

export type PipelineFile = Omit<CheckedFile<unknown>, 'output'> & { pipeline?: PipelineDefinition };

/**
 * Reads a pipeline file. Total: any text gives a pipeline or at least one problem, never an exception.
 * `file` is the name in problems; `vars` are the values of `--var name=value`.
 */
export function readPipelineFile(
  text: string,
  { file, vars = {} }: { file: string; vars?: Record<string, string> },
): PipelineFile {
  const expected = 'expected a pipeline (name, imageRecipe …)';
  const { output, ...read } = readCheckedFile(text, { file, vars, expected }, judgePipeline);
  return { ...read, ...(output && { pipeline: output }) };
}

export const judgePipeline: Judge<PipelineDefinition> = (data) => {
  const checked = check(pipelineDefinitionSchema, data);
  if (!checked.output || typeof checked.output.imageRecipe === 'string') return checked;
  const findings = componentNames(checked.output.imageRecipe.components, ['imageRecipe']);
  return findings.length > 0 ? { findings } : checked;
};

/** Two documents with one stem would be one component whose builds take turns. */
export function componentNames(components: ImageRecipe['components'], parents: PropertyKey[]): Finding[] {
  const paths = new Map<string, string>();
  return components.flatMap(({ component }, index) => {
    const reference = parseComponentReference(component);
    if (reference?.kind !== 'path') return [];
    const at = { path: [...parents, 'components', index, 'component'], at: 'value' as const };
    const name = componentNameOf(component);
    if (!isName(name)) {
      return [
        {
          ...at,
          message: `expected a file name that gives a component name (3 to 128 letters, digits, - and _), found "${name}"`,
        },
      ];
    }
    const other = paths.get(name);
    paths.set(name, component);
    if (other === undefined || other === component) return [];
    return [{ ...at, message: `expected another file name: ${other} is registered as ${name} already` }];
  });
}
