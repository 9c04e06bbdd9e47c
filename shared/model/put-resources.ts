// What put-resources is called with and what it answers: resources by themselves, and a pipeline with its documents and files.
import * as z from 'zod/mini';
import type { ResourceType } from './arns.ts';
import { distributionConfigurationSchema } from './distribution-configuration-schema.ts';
import { type ImageRecipe, newImageRecipeSchema, semanticVersionSchema } from './image-recipe-schema.ts';
import { infrastructureConfigurationSchema } from './infrastructure-configuration-schema.ts';
import { lifecyclePolicySchema } from './lifecycle-policy-schema.ts';
import { nameSchema, normalisedName } from './names.ts';
import { pipelineDefinitionSchema } from './pipeline-schema.ts';
import { parseComponentReference } from './references.ts';

/** Bytes of all files of a recipe together: they travel inside one Run Command, which holds 48 KiB of compressed base64. */
export const largestFiles = 32 * 1024;

/** Characters of one component document: Image Builder's quota of 64 KB for component data. */
export const largestDocument = 64 * 1024;

/** Characters of a pipeline or recipe as JSON: an item of the table holds 400 KB, and the plan repeats most of it. */
const largestPipeline = 128 * 1024;

const mostEntries = 100;

const description = z.optional(z.string().check(z.minLength(1), z.maxLength(1024)));

const componentSchema = z.strictObject({
  name: nameSchema,
  semanticVersion: semanticVersionSchema,
  description,
  data: z.string().check(z.minLength(1), z.maxLength(largestDocument)),
  /** True for a document that a recipe of this call names by path: the recipe keeps the build it gets now. */
  pinned: z._default(z.boolean(), true),
});

const shippedFileSchema = z.strictObject({
  source: z.string().check(z.minLength(1), z.maxLength(4096)),
  destination: z.string().check(z.minLength(1), z.maxLength(4096)),
  mode: z.optional(z.string().check(z.maxLength(5))),
  owner: z.optional(z.string().check(z.maxLength(65))),
  content: z.base64('expected base64').check(z.maxLength(Math.ceil(largestFiles / 3) * 4)),
});

const configurationSchema = <Schema extends z.ZodMiniType>(configuration: Schema) =>
  z.strictObject({ name: nameSchema, description, configuration });

export const putResourcesInputSchema = z
  .strictObject({
    /** Answers what would change, and changes nothing. */
    dryRun: z._default(z.boolean(), false),
    components: z._default(z.array(componentSchema).check(z.maxLength(mostEntries)), []),
    imageRecipes: z._default(
      z
        .array(
          z.strictObject({
            description,
            recipe: newImageRecipeSchema,
            files: z._default(z.array(shippedFileSchema).check(z.maxLength(mostEntries)), []),
          }),
        )
        .check(z.maxLength(mostEntries)),
      [],
    ),
    infrastructureConfigurations: z._default(
      z.array(configurationSchema(infrastructureConfigurationSchema)).check(z.maxLength(mostEntries)),
      [],
    ),
    distributionConfigurations: z._default(
      z.array(configurationSchema(distributionConfigurationSchema)).check(z.maxLength(mostEntries)),
      [],
    ),
    lifecyclePolicies: z._default(
      z.array(configurationSchema(lifecyclePolicySchema)).check(z.maxLength(mostEntries)),
      [],
    ),
    /** Components by path are replaced by `name/version` of an entry above. */
    pipeline: z.optional(pipelineDefinitionSchema),
    /** Those of the pipeline's own recipe. */
    files: z._default(z.array(shippedFileSchema).check(z.maxLength(mostEntries)), []),
  })
  .check(
    z.superRefine((input, context) => {
      const issue = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
      const { components, imageRecipes, infrastructureConfigurations, distributionConfigurations } = input;
      const all = [
        ...[components, imageRecipes, infrastructureConfigurations, distributionConfigurations],
        input.lifecyclePolicies,
      ];
      if (!input.pipeline && all.every((list) => list.length === 0)) issue([], 'expected something to register');
      if (!input.pipeline && input.files.length > 0) issue(['files'], 'expected the pipeline whose files these are');
      for (const [index, { recipe, files }] of input.imageRecipes.entries())
        checkRecipe(recipe, files, ['imageRecipes', index, 'recipe'], ['imageRecipes', index, 'files'], issue);
      if (input.pipeline && typeof input.pipeline.imageRecipe !== 'string')
        checkRecipe(input.pipeline.imageRecipe, input.files, ['pipeline', 'imageRecipe'], ['files'], issue);
      for (const [at, value] of [
        [['pipeline'], input.pipeline],
        ...input.imageRecipes.map(({ recipe }, index) => [['imageRecipes', index, 'recipe'], recipe]),
      ] as [PropertyKey[], unknown][])
        if (JSON.stringify(value ?? '').length > largestPipeline)
          issue(at, `expected a ${at.length === 1 ? 'pipeline' : 'recipe'} of at most ${largestPipeline} characters`);
      const lists = [
        ...(['components', 'infrastructureConfigurations', 'distributionConfigurations'] as const),
        'lifecyclePolicies' as const,
      ];
      for (const list of lists)
        for (const index of repeated(input[list].map((one) => keyOf(one))))
          issue([list, index, 'name'], `expected each ${list === 'components' ? 'component' : 'name'} once`);
      for (const index of repeated(
        input.imageRecipes.map(({ recipe }) => `${normalisedName(recipe.name)}/${recipe.semanticVersion}`),
      ))
        issue(['imageRecipes', index, 'recipe', 'name'], 'expected each recipe version once');
    }),
  );

const keyOf = (one: { name: string; semanticVersion?: string }) =>
  [normalisedName(one.name), one.semanticVersion].join('/');

const repeated = (keys: string[]) => keys.flatMap((key, index) => (keys.indexOf(key) < index ? [index] : []));

type Issue = (path: PropertyKey[], message: string) => void;
type Shipped = z.output<typeof shippedFileSchema>[];

function checkRecipe(
  recipe: Pick<ImageRecipe, 'components' | 'files'>,
  files: Shipped,
  at: PropertyKey[],
  atFiles: PropertyKey[],
  issue: Issue,
): void {
  for (const [index, { component }] of recipe.components.entries()) {
    if (parseComponentReference(component)?.kind === 'path')
      issue(
        [...at, 'components', index, 'component'],
        'expected name/x.x.x (whoever registers a recipe sends the documents and replaces their paths)',
      );
  }
  const destinations = new Set(files.map(({ destination }) => destination));
  for (const [index, { destination }] of recipe.files.entries()) {
    if (!destinations.has(destination))
      issue([...at, 'files', index, 'destination'], 'expected the content of this file in `files`');
  }
  const bytes = files.reduce((sum, { content }) => sum + Math.floor((content.length / 4) * 3), 0);
  if (bytes > largestFiles)
    issue(atFiles, `expected at most ${largestFiles} bytes of files in all (fetch larger ones with S3Download)`);
}

export type PutResourcesInput = z.output<typeof putResourcesInputSchema>;

/** As checked, but for the lists that a caller may leave out. */
export type PutResourcesRequest = Partial<Omit<PutResourcesInput, 'components'>> & {
  components?: (Omit<PutResourcesInput['components'][number], 'pinned'> & { pinned?: boolean })[];
};

/** `new version` is a further one of something known; only what has no versions is `updated`. */
export type Change = 'created' | 'new version' | 'updated' | 'unchanged';

export type ResourceChange = {
  type: ResourceType;
  name: string;
  arn: string;
  change: Change;
  /** Why it is another version than the one asked for. */
  reason?: string;
};

export type PutResourcesOutput = {
  dryRun: boolean;
  /** Everything of the call: components, recipes, configurations, the pipeline. */
  resources: ResourceChange[];
  /** Sentences about what is allowed and yet is hardly wanted; absent from a stack that is older than the caller. */
  warnings?: string[];
  /** These three when a pipeline was sent. */
  imagePipelineArn?: string;
  /** Of pipeline, pinned components and files: with it start-build builds this registration, whatever is registered since. */
  contentHash?: string;
  change?: 'created' | 'updated' | 'unchanged';
  components: { name: string; componentBuildVersionArn: string; change: 'created' | 'unchanged' }[];
};
