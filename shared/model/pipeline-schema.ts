// The pipeline: what a pipeline file may say and what is stored of it. Keys and limits are those of the Image Builder API.
import * as z from 'zod/mini';
import { approvalSchema } from './approval-schema.ts';
import { channelParameter } from './channel.ts';
import { distributionConfigurationSchema } from './distribution-configuration-schema.ts';
import { imageRecipeSchema } from './image-recipe-schema.ts';
import { infrastructureConfigurationSchema } from './infrastructure-configuration-schema.ts';
import { nameSchema } from './names.ts';
import { packageUpdatesSchema } from './package-updates-schema.ts';
import { configurationReferenceSchema, imageRecipeReferenceSchema } from './references.ts';
import { retainForRetrySchema } from './retry-schema.ts';
import { concurrencySchema, scheduleSchema, statusSchema } from './schedule-schema.ts';

export const variableNamePattern = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;

const base = z.strictObject({
  name: nameSchema,
  description: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
  /** The values that the variables had when the file was read. */
  vars: z._default(
    z.record(
      z.string().check(z.regex(variableNamePattern, 'expected a variable name of letters, digits, - and _')),
      z.string(),
    ),
    {},
  ),
  imageRecipe: imageRecipeSchema,
  infrastructureConfiguration: z.prefault(infrastructureConfigurationSchema, {}),
  imageTestsConfiguration: z.prefault(
    z.strictObject({
      imageTestsEnabled: z._default(z.boolean(), true),
      timeoutMinutes: z._default(z.int().check(z.minimum(60), z.maximum(1440)), 720),
    }),
    {},
  ),
  distributionConfiguration: z.prefault(distributionConfigurationSchema, {}),
  retainForRetry: retainForRetrySchema,
  approval: approvalSchema,
  status: statusSchema,
  schedule: scheduleSchema,
  concurrency: concurrencySchema,
  /** Packages whose updates start the pipeline whatever its newest image contains. */
  packageUpdates: z.optional(packageUpdatesSchema),
});

/** A pipeline with all it is made of: what a build is made from. */
export const pipelineSchema = base.check(z.superRefine(fewTags), z.superRefine(channelApart));

/** A pipeline as it is registered: recipe and configurations are its own, or registered ones by reference. */
export const pipelineDefinitionSchema = z
  .extend(base, {
    imageRecipe: z.union(
      [imageRecipeReferenceSchema, imageRecipeSchema],
      'expected a recipe (a map), a registered one as name/1.x.x, or its ARN',
    ),
    infrastructureConfiguration: z.prefault(
      z.union(
        [
          configurationReferenceSchema('infrastructure-configuration', 'an infrastructure configuration'),
          infrastructureConfigurationSchema,
        ],
        'expected an infrastructure configuration (a map), the name of a registered one, or its ARN',
      ),
      {},
    ),
    distributionConfiguration: z.prefault(
      z.union(
        [
          configurationReferenceSchema('distribution-configuration', 'a distribution configuration'),
          distributionConfigurationSchema,
        ],
        'expected a distribution configuration (a map), the name of a registered one, or its ARN',
      ),
      {},
    ),
  })
  .check(z.superRefine(fewTags), z.superRefine(channelApart));

type Parts = Pick<PipelineDefinition, 'imageRecipe' | 'distributionConfiguration'>;

function fewTags({ imageRecipe, distributionConfiguration }: Parts, context: z.core.$RefinementCtx): void {
  if (typeof imageRecipe === 'string' || typeof distributionConfiguration === 'string') return;
  const ofRecipe = Object.keys(imageRecipe.amiTags);
  if (ofRecipe.length > 45)
    context.addIssue({
      code: 'custom',
      path: ['imageRecipe', 'amiTags'],
      message: 'expected at most 45 tags (EC2 allows 50, the build adds its own)',
    });
  for (const [index, { amiDistributionConfiguration }] of distributionConfiguration.distributions.entries()) {
    const keys = new Set([...ofRecipe, ...Object.keys(amiDistributionConfiguration.amiTags)]);
    if (keys.size <= 45 || ofRecipe.length > 45) continue;
    context.addIssue({
      code: 'custom',
      path: ['distributionConfiguration', 'distributions', index, 'amiDistributionConfiguration', 'amiTags'],
      message:
        'expected at most 45 tags together with the amiTags of the recipe (EC2 allows 50, the build adds its own)',
    });
  }
}

/** A parameter that the pipeline's own channel sets as well would be set twice, and put back twice. */
function channelApart({ imageRecipe, distributionConfiguration }: Parts, context: z.core.$RefinementCtx): void {
  if (typeof imageRecipe === 'string' || typeof distributionConfiguration === 'string') return;
  const { channel, distributions } = distributionConfiguration;
  if (channel === undefined) return;
  for (const [index, { ssmParameterConfigurations = [] }] of distributions.entries())
    for (const [position, { parameterName, amiAccountId }] of ssmParameterConfigurations.entries()) {
      if (amiAccountId !== undefined || parameterName !== channelParameter(imageRecipe.name, channel)) continue;
      context.addIssue({
        code: 'custom',
        path: [
          'distributionConfiguration',
          'distributions',
          index,
          'ssmParameterConfigurations',
          position,
          'parameterName',
        ],
        message: `expected another parameter than that of the channel ${channel}, which publishing sets anyway`,
      });
    }
}

/** A validated pipeline; defaults are filled in, parameters are maps, `subnetId` has become `subnetIds`. Parsing it again changes nothing. */
export type Pipeline = z.output<typeof pipelineSchema>;

/** As Pipeline, but recipe and configurations may be references to registered ones. */
export type PipelineDefinition = z.output<typeof pipelineDefinitionSchema>;
