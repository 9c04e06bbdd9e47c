// A file that holds one resource: a pipeline, a recipe, a configuration or a component, recognised by its keys.
import * as z from 'zod/mini';
import { check } from './check.ts';
import { type CheckedFile, type Judge, readCheckedFile } from './checked-file.ts';
import { distributionConfigurationSchema } from './distribution-configuration-schema.ts';
import { type ImageRecipe, newImageRecipeSchema, semanticVersionSchema } from './image-recipe-schema.ts';
import { infrastructureConfigurationSchema } from './infrastructure-configuration-schema.ts';
import { type LifecyclePolicy, lifecyclePolicySchema } from './lifecycle-policy-schema.ts';
import { nameSchema } from './names.ts';
import { componentNames, judgePipeline } from './pipeline-file.ts';
import type { Pipeline, PipelineDefinition } from './pipeline-schema.ts';

type Named<Type, Configuration> = {
  type: Type;
  name: string;
  description?: string | undefined;
  configuration: Configuration;
};

export type Resource =
  | { type: 'image-pipeline'; pipeline: PipelineDefinition }
  | { type: 'image-recipe'; description?: string | undefined; recipe: ImageRecipe }
  | Named<'infrastructure-configuration', Pipeline['infrastructureConfiguration']>
  | Named<'distribution-configuration', Pipeline['distributionConfiguration']>
  | Named<'lifecycle-policy', LifecyclePolicy>
  | { type: 'component'; component: z.output<typeof componentSchema> }
  /** A component document by itself; the compiler reads it. */
  | { type: 'document' };

const description = z.optional(z.string().check(z.minLength(1), z.maxLength(1024)));

const componentSchema = z
  .strictObject({
    name: nameSchema,
    semanticVersion: semanticVersionSchema,
    description,
    platform: z.optional(z.literal('Linux', 'expected Linux (components for Windows and macOS are not supported)')),
    data: z.optional(z.string().check(z.minLength(1))),
    uri: z.optional(
      z
        .string()
        .check(
          z.regex(
            /^(?!s3:).*[^/]\.ya?ml$/i,
            'expected a path to a document, relative to this file (a document in S3: fetch it)',
          ),
        ),
    ),
  })
  .check(
    z.refine(
      ({ data, uri }) => (data === undefined) !== (uri === undefined),
      'expected exactly one of data (the document) and uri (the path to it)',
    ),
  );

/** Keys that only one kind of file has, in the order in which they decide. */
const marks: [key: string, type: Resource['type']][] = [
  ['phases', 'document'],
  ['imageRecipe', 'image-pipeline'],
  ['parentImage', 'image-recipe'],
  ['distributions', 'distribution-configuration'],
  ['policyDetails', 'lifecycle-policy'],
  ['data', 'component'],
  ['uri', 'component'],
  ...[
    'instanceTypes',
    'instanceProfileName',
    'subnetId',
    'subnetIds',
    'securityGroupIds',
    'instanceMetadataOptions',
    'terminateInstanceOnFailure',
    'resourceTags',
    'snsTopicArn',
  ].map((key): [string, Resource['type']] => [key, 'infrastructure-configuration']),
];

const expected =
  'expected a resource: a pipeline (imageRecipe), a recipe (parentImage), an infrastructure configuration (instanceTypes …), a distribution configuration (distributions), a lifecycle policy (policyDetails), a component (data or uri) or a component document (phases)';

/** Reads a file. Total: any text gives a resource or at least one problem. */
export function readResourceFile(
  text: string,
  { file, vars = {} }: { file: string; vars?: Record<string, string> },
): CheckedFile<Resource> {
  return readCheckedFile(text, { file, vars, expected }, judge);
}

const judge: Judge<Resource> = (data) => {
  const map =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Record<string, unknown>) : {};
  const type = marks.find(([key]) => Object.hasOwn(map, key))?.[1];
  if (type === undefined) {
    const keys = Object.keys(map).slice(0, 5).join(', ');
    return {
      findings: [{ path: [], at: 'value', message: `${expected}; found ${keys ? `the keys ${keys}` : 'none'}` }],
    };
  }
  if (type === 'document') return { output: { type }, findings: [] };
  return judgeResource(type, map);
};

/** What is wrong with the keys of a resource of this type. */
export function judgeResource(
  type: Exclude<Resource['type'], 'document'>,
  map: Record<string, unknown>,
): ReturnType<Judge<Resource>> {
  if (type === 'image-pipeline') return made(judgePipeline(map), (pipeline) => ({ type, pipeline }));
  const { vars: _, ...own } = map;
  switch (type) {
    case 'component':
      return made(check(componentSchema, own), (component) => ({ type, component }));
    case 'image-recipe':
      return judgeRecipe(own);
    case 'infrastructure-configuration':
      return judgeConfiguration(own, infrastructureConfigurationSchema, (named) => ({ type, ...named }));
    case 'distribution-configuration':
      return judgeConfiguration(own, distributionConfigurationSchema, (named) => ({ type, ...named }));
    case 'lifecycle-policy':
      return judgeConfiguration(own, lifecyclePolicySchema, (named) => ({ type, ...named }));
  }
}

function judgeRecipe(own: Record<string, unknown>): ReturnType<Judge<Resource>> {
  const { description: told, ...rest } = own;
  const about = check(z.object({ description }), { description: told });
  const checked = check(newImageRecipeSchema, rest);
  const findings = [...about.findings, ...checked.findings];
  if (!checked.output || !about.output) return { findings };
  const names = componentNames(checked.output.components, []);
  if (names.length > 0) return { findings: names };
  return { output: { type: 'image-recipe', ...about.output, recipe: checked.output }, findings };
}

function judgeConfiguration<Schema extends z.ZodMiniType>(
  own: Record<string, unknown>,
  schema: Schema,
  make: (named: { name: string; description?: string | undefined; configuration: z.output<Schema> }) => Resource,
): ReturnType<Judge<Resource>> {
  const { name, description: told, ...rest } = own;
  const about = check(z.object({ name: nameSchema, description }), { name, description: told });
  const checked = check(schema, rest);
  const findings = [...about.findings, ...checked.findings];
  if (!checked.output || !about.output) return { findings };
  return { output: make({ ...about.output, configuration: checked.output }), findings };
}

function made<Output>(
  { output, findings }: ReturnType<Judge<Output>>,
  make: (output: Output) => Resource,
): ReturnType<Judge<Resource>> {
  return output === undefined ? { findings } : { output: make(output), findings };
}
