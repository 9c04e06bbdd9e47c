// The pipeline: what a pipeline file may say and what is stored of it. Keys and limits are those of the Image Builder API.
import * as z from 'zod';
import { approvalSchema } from './approval-schema.ts';
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
  description: z.string().min(1).max(1024).optional(),
  /** The values that the variables had when the file was read. */
  vars: z
    .record(z.string().regex(variableNamePattern, 'expected a variable name of letters, digits, - and _'), z.string())
    .default({}),
  imageRecipe: imageRecipeSchema,
  infrastructureConfiguration: infrastructureConfigurationSchema.prefault({}),
  imageTestsConfiguration: z
    .strictObject({
      imageTestsEnabled: z.boolean().default(true),
      timeoutMinutes: z.int().min(60).max(1440).default(720),
    })
    .prefault({}),
  distributionConfiguration: distributionConfigurationSchema.prefault({}),
  retainForRetry: retainForRetrySchema,
  approval: approvalSchema,
  status: statusSchema,
  schedule: scheduleSchema,
  concurrency: concurrencySchema,
  /** Packages whose updates start the pipeline whatever its newest image contains. */
  packageUpdates: z.optional(packageUpdatesSchema),
});

/** A pipeline with all it is made of: what a build is made from. */
export const pipelineSchema = base.superRefine(fewTags);

/** A pipeline as it is registered: recipe and configurations are its own, or registered ones by reference. */
export const pipelineDefinitionSchema = base
  .extend({
    imageRecipe: z.union(
      [imageRecipeReferenceSchema, imageRecipeSchema],
      'expected a recipe (a map), a registered one as name/1.x.x, or its ARN',
    ),
    infrastructureConfiguration: z
      .union(
        [
          configurationReferenceSchema('infrastructure-configuration', 'an infrastructure configuration'),
          infrastructureConfigurationSchema,
        ],
        'expected an infrastructure configuration (a map), the name of a registered one, or its ARN',
      )
      .prefault({}),
    distributionConfiguration: z
      .union(
        [
          configurationReferenceSchema('distribution-configuration', 'a distribution configuration'),
          distributionConfigurationSchema,
        ],
        'expected a distribution configuration (a map), the name of a registered one, or its ARN',
      )
      .prefault({}),
  })
  .superRefine(fewTags);

type Parts = Pick<PipelineDefinition, 'imageRecipe' | 'distributionConfiguration'>;

function fewTags({ imageRecipe, distributionConfiguration }: Parts, context: z.RefinementCtx): void {
  if (typeof imageRecipe === 'string' || typeof distributionConfiguration === 'string') return;
  for (const [index, { amiDistributionConfiguration }] of distributionConfiguration.distributions.entries()) {
    const keys = new Set([...Object.keys(imageRecipe.amiTags), ...Object.keys(amiDistributionConfiguration.amiTags)]);
    if (keys.size <= 45) continue;
    context.addIssue({
      code: 'custom',
      path: ['distributionConfiguration', 'distributions', index, 'amiDistributionConfiguration', 'amiTags'],
      message:
        'expected at most 45 tags together with the amiTags of the recipe (EC2 allows 50, the build adds its own)',
    });
  }
}

/** A validated pipeline; defaults are filled in, parameters are maps, `subnetId` has become `subnetIds`. Parsing it again changes nothing. */
export type Pipeline = z.output<typeof pipelineSchema>;

/** As Pipeline, but recipe and configurations may be references to registered ones. */
export type PipelineDefinition = z.output<typeof pipelineDefinitionSchema>;
