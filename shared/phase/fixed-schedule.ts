// Warns of a schedule that could start one build and never another, since nothing of its image can change by itself.
import { executedDocuments } from '../component/executed-documents.ts';
import { parseParentImage } from '../model/parent-image.ts';
import type { Pipeline, PipelineDefinition } from '../model/pipeline-schema.ts';
import { parseComponentReference, parseVersioned } from '../model/references.ts';
import type { Components } from '../store/components.ts';

/** `pipeline` as it is registered, `whole` with what it refers to in its place. */
export async function fixedScheduleWarnings(
  components: Components,
  pipeline: PipelineDefinition,
  whole: Pipeline,
): Promise<string[]> {
  const { name, schedule, imageRecipe } = pipeline;
  if (schedule === undefined || schedule === 'manual') return [];
  if (schedule.pipelineExecutionStartCondition === 'EXPRESSION_MATCH_ONLY') return [];
  const recipe = typeof imageRecipe === 'string' ? parseVersioned('image-recipe', imageRecipe) : undefined;
  if (recipe && recipe.version.patch === undefined) return [];
  const parent = parseParentImage(whole.imageRecipe.parentImage);
  if (parent?.kind !== 'ami' && (parent?.kind !== 'image' || parent.version.build === undefined)) return [];
  for (const { component, parameters } of whole.imageRecipe.components)
    if (!(await isFixed(components, component, parameters))) return [];
  return [
    `The schedule of the pipeline ${name} starts no build after the first: its parent image, recipe and components are fixed, so EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE finds no update. Refer to them with x (1.x.x) or ssm:, or use EXPRESSION_MATCH_ONLY.`,
  ];
}

/** Below the outermost document, as the compiler has it; what is deeper does not compile. */
const mostBelow = 3;

/** Whether a reference means one build, and its document runs none but such. */
async function isFixed(
  components: Components,
  reference: string,
  parameters: Record<string, string>,
  below = 0,
): Promise<boolean> {
  const parsed = parseComponentReference(reference);
  if (parsed?.kind !== 'registered' || parsed.version.build === undefined) return false;
  const data = below > mostBelow ? undefined : (await components.find(parsed.name, parsed.version))?.data;
  for (const run of data === undefined ? [] : executedDocuments(data, parameters))
    if (!(await isFixed(components, run, {}, below + 1))) return false;
  return true;
}
