// The recipe part of a pipeline: parent image, components, files and devices.
import * as z from 'zod';
import { blockDeviceMappingSchema } from './block-device-schema.ts';
import { nameSchema } from './names.ts';
import { parentImageSchema } from './parent-image.ts';
import { componentReferenceSchema } from './references.ts';
import { tagsSchema } from './tags.ts';
import { parseNewVersion, parseVersion } from './versions.ts';

const absolutePath = z
  .string()
  .max(4096, 'expected a path of at most 4096 characters')
  .regex(/^\/[^\0\n]*$/, 'expected an absolute path (starting with /)');

// Image Builder's quotas: a value of at most 1024 characters, 25 parameters per component; names of component documents 3 to 128.
const parameterName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,128}$/, 'expected a parameter name of 3 to 128 letters, digits, - and _');
const parameterValue = z.string().max(1024, 'expected a parameter value of at most 1024 characters');

const parameterMap = z
  .record(parameterName, parameterValue)
  .refine((parameters) => Object.keys(parameters).length <= 25, 'expected at most 25 parameters');

const parameterList = z
  .array(
    z.strictObject({
      name: parameterName,
      value: z
        .array(parameterValue)
        .length(1, 'expected a list of one text (parameters of type string have one value)'),
    }),
  )
  .max(25)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'expected each parameter name once')
  .transform((list) => Object.fromEntries(list.map(({ name, value }) => [name, value[0]!])));

const componentSchema = z.strictObject({
  component: componentReferenceSchema,
  /** Name → value; Image Builder's list [{name, value: [text]}] is read too. */
  parameters: z
    .union([parameterMap, parameterList], 'expected a map of parameters, or a list of {name, value: [text]}')
    .default({}),
});

const fileSchema = z.strictObject({
  /** On the machine of whoever registers the pipeline, relative to the pipeline file. */
  source: z.string().min(1).max(4096),
  destination: absolutePath.regex(/[^/]$/, 'expected the path of a file, not of a directory'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3}$|^0?[0-7]{4}$/, 'expected an octal mode such as "0644"')
    .default('0644'),
  owner: z
    .string()
    .regex(
      /^[a-z_][a-z0-9_-]{0,31}(?::[a-z_][a-z0-9_-]{0,31})?$|^[0-9]{1,10}(?::[0-9]{1,10})?$/,
      'expected user or user:group',
    )
    .default('root:root'),
});

/** The sections of the sanitise step that a recipe may turn off: Image Builder's marker names. */
export const sanitiseSections = [
  'skip_cleanup_cloudinit_files',
  'skip_cleanup_instance_files',
  'skip_cleanup_ssh_files',
  'skip_cleanup_instance_log_files',
  'skip_cleanup_toe_files',
  'skip_cleanup_ssm_log_files',
] as const;

export const semanticVersionSchema = z
  .string()
  .refine((text) => parseVersion(text) !== undefined, 'expected a version of three numbers, major.minor.patch')
  .meta({ pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });

/** A version that a recipe may be registered under: one of its numbers may be `x`, the next one. */
export const newVersionSchema = z
  .string()
  .refine(
    (text) => parseNewVersion(text) !== undefined,
    'expected a version of three numbers, major.minor.patch, of which one may be x for the next (1.0.x, 1.x.0)',
  );

export const imageRecipeSchema = z.strictObject({
  name: nameSchema,
  semanticVersion: semanticVersionSchema,
  parentImage: parentImageSchema,
  components: z.array(componentSchema).default([]),
  files: z.array(fileSchema).default([]),
  blockDeviceMappings: z.array(blockDeviceMappingSchema).default([]),
  workingDirectory: absolutePath.default('/tmp'),
  amiTags: tagsSchema(50).default({}),
  sanitise: z.strictObject({ skip: z.array(z.enum(sanitiseSections)).default([]) }).default({ skip: [] }),
});

/** A recipe that is registered by itself; in a pipeline its version would have nothing to be next to. */
export const newImageRecipeSchema = imageRecipeSchema.extend({ semanticVersion: newVersionSchema });

export type ImageRecipe = z.output<typeof imageRecipeSchema>;
