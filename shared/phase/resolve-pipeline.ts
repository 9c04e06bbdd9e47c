// A registered pipeline with everything it refers to by name put in its place: what a build starts from.
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { check, findingText } from '../model/check.ts';
import { type Pipeline, pipelineSchema } from '../model/pipeline-schema.ts';
import { parseVersioned } from '../model/references.ts';
import type { ConfigurationOf, ConfigurationType } from '../store/configurations.ts';
import type { PipelineRecord, Pipelines, ResolvedPipeline } from '../store/pipelines.ts';
import type { Registry } from '../store/registry.ts';

type Resolving = Pick<Registry, 'imageRecipes' | 'configurations'>;

/** Wildcards mean the newest now. The hash stays that of the registration. NotFoundError names what is not registered. */
export async function resolvePipeline(resolving: Resolving, record: PipelineRecord): Promise<ResolvedPipeline> {
  const { pipeline } = record;
  const { name } = pipeline;
  const [recipe, infrastructureConfiguration, distributionConfiguration] = await Promise.all([
    typeof pipeline.imageRecipe === 'string'
      ? recipeOf(resolving, name, pipeline.imageRecipe)
      : { imageRecipe: pipeline.imageRecipe, files: record.files },
    configurationOf(resolving, name, 'infrastructure-configuration', pipeline.infrastructureConfiguration),
    configurationOf(resolving, name, 'distribution-configuration', pipeline.distributionConfiguration),
  ]);
  const { imageRecipe, files } = recipe;
  const whole = { ...pipeline, imageRecipe, infrastructureConfiguration, distributionConfiguration };
  const { output, findings } = check(pipelineSchema, whole);
  if (!output)
    throw new InvalidRequestError(
      `The pipeline ${name} does not fit together with what it refers to: ${findings.map(findingText).join('; ')}.`,
    );
  return { ...record, pipeline: output, files };
}

/** Every registered pipeline with what it refers to; one that refers to what is gone can build nothing, and is left out. */
export async function registeredPipelines(
  registry: Resolving & { pipelines: Pick<Pipelines, 'names' | 'find'> },
): Promise<Pipeline[]> {
  const found = await Promise.all(
    (await registry.pipelines.names()).map(async (name) => {
      const record = await registry.pipelines.find(name);
      if (!record) return undefined;
      try {
        return (await resolvePipeline(registry, record)).pipeline;
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof InvalidRequestError) return undefined;
        throw error;
      }
    }),
  );
  return found.filter((pipeline) => pipeline !== undefined);
}

async function recipeOf({ imageRecipes }: Resolving, pipeline: string, reference: string) {
  const { name, version } = parseVersioned('image-recipe', reference)!;
  const found = await imageRecipes.find(name, version);
  if (found) return { imageRecipe: found.recipe, files: found.files };
  throw new NotFoundError(`The pipeline ${pipeline} refers to the recipe ${reference}, which is not registered.`);
}

async function configurationOf<Type extends ConfigurationType>(
  { configurations }: Resolving,
  pipeline: string,
  type: Type,
  own: string | ConfigurationOf[Type],
): Promise<ConfigurationOf[Type]> {
  if (typeof own !== 'string') return own;
  const found = await configurations.find(type, own);
  if (found) return found.configuration;
  const what = type.replace('-', ' ');
  throw new NotFoundError(`The pipeline ${pipeline} refers to the ${what} ${own}, which is not registered.`);
}
