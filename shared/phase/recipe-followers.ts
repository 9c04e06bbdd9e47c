// What a recipe that is registered by itself means for the pipelines that refer to it: what news they wait for, and that they come to rest.
import { normalisedName } from '../model/names.ts';
import { parseParentImage } from '../model/parent-image.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { parseVersioned } from '../model/references.ts';
import { parentSources } from '../software/parent-family.ts';
import type { PipelineRecord, Pipelines } from '../store/pipelines.ts';
import { imageBuiltHere, type Subject } from '../store/update-subjects.ts';
import { assertNoCircle } from './register-schedule.ts';
import type { Registering } from './registering.ts';
import { resolvePipeline } from './resolve-pipeline.ts';

/** What news a pipeline waits for because of its parent image, whatever its images contain. */
export function parentNews({ imageRecipe: { parentImage } }: Pipeline): Subject[] {
  const parent = parseParentImage(parentImage);
  if (parent?.kind === 'image') return [imageBuiltHere(parent.name)];
  return parentSources(parentImage).map((source): Subject => `parent-image#${source}`);
}

/** Called when the recipes are registered; `except` is a pipeline that is registered with them, and looked at then. */
export async function tellFollowers(
  registering: Registering,
  recipeNames: string[],
  { except, dryRun }: { except: string | undefined; dryRun: boolean },
): Promise<void> {
  for (const record of await followers(registering.pipelines, recipeNames)) {
    const { name } = record.pipeline;
    if (except !== undefined && normalisedName(name) === normalisedName(except)) continue;
    const whole = await resolvePipeline(registering, record).catch(nothingToBuild);
    if (!whole) continue;
    await assertNoCircle(registering, whole.pipeline);
    if (!dryRun) await registering.updateSubjects.add(name, parentNews(whole.pipeline));
  }
}

async function followers(pipelines: Pipelines, recipeNames: string[]): Promise<PipelineRecord[]> {
  const wanted = new Set(recipeNames.map(normalisedName));
  if (wanted.size === 0) return [];
  const records = await Promise.all((await pipelines.names()).map((name) => pipelines.find(name)));
  return records.flatMap((record) => {
    const recipe = record?.pipeline.imageRecipe;
    const reference = typeof recipe === 'string' ? parseVersioned('image-recipe', recipe) : undefined;
    return record && reference && wanted.has(normalisedName(reference.name)) ? [record] : [];
  });
}

/** A pipeline whose recipe or configuration is gone, or does not fit, says so when it is to be built. */
function nothingToBuild(error: Error): undefined {
  if (error.name !== 'NotFoundError' && error.name !== 'InvalidRequestError') throw error;
}
