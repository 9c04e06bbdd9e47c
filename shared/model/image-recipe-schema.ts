// The recipe part of a pipeline: parent image, components, files and devices.
import * as z from 'zod/mini';
import { amiTagsSchema } from './ami-tags-schema.ts';
import { blockDeviceMappingSchema } from './block-device-schema.ts';
import { nameSchema } from './names.ts';
import { parentImageSchema } from './parent-image.ts';
import { componentReferenceSchema } from './references.ts';
import { parseNewVersion, parseVersion } from './versions.ts';

const absolutePath = z
  .string()
  .check(
    z.maxLength(4096, 'expected a path of at most 4096 characters'),
    z.regex(/^\/[^\0\n]*$/, 'expected an absolute path (starting with /)'),
  );

// Image Builder's quotas: a value of at most 1024 characters, 25 parameters per component; names of component documents 3 to 128.
const parameterName = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_-]{3,128}$/, 'expected a parameter name of 3 to 128 letters, digits, - and _'));
const parameterValue = z.string().check(z.maxLength(1024, 'expected a parameter value of at most 1024 characters'));

const parameterMap = z
  .record(parameterName, parameterValue)
  .check(z.refine((parameters) => Object.keys(parameters).length <= 25, 'expected at most 25 parameters'));

const parameterList = z.pipe(
  z
    .array(
      z.strictObject({
        name: parameterName,
        value: z
          .array(parameterValue)
          .check(z.length(1, 'expected a list of one text (parameters of type string have one value)')),
      }),
    )
    .check(
      z.maxLength(25),
      z.refine(
        (list) => new Set(list.map(({ name }) => name)).size === list.length,
        'expected each parameter name once',
      ),
    ),
  z.transform((list) => Object.fromEntries(list.map(({ name, value }) => [name, value[0]!]))),
);

const componentSchema = z.strictObject({
  component: componentReferenceSchema,
  /** Name → value; Image Builder's list [{name, value: [text]}] is read too. */
  parameters: z._default(
    z.union([parameterMap, parameterList], 'expected a map of parameters, or a list of {name, value: [text]}'),
    {},
  ),
});

const fileSchema = z.strictObject({
  /** On the machine of whoever registers the pipeline, relative to the pipeline file. */
  source: z.string().check(z.minLength(1), z.maxLength(4096)),
  destination: absolutePath.check(z.regex(/[^/]$/, 'expected the path of a file, not of a directory')),
  mode: z._default(
    z.string().check(z.regex(/^0?[0-7]{3}$|^0?[0-7]{4}$/, 'expected an octal mode such as "0644"')),
    '0644',
  ),
  owner: z._default(
    z
      .string()
      .check(
        z.regex(
          /^[a-z_][a-z0-9_-]{0,31}(?::[a-z_][a-z0-9_-]{0,31})?$|^[0-9]{1,10}(?::[0-9]{1,10})?$/,
          'expected user or user:group',
        ),
      ),
    'root:root',
  ),
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
  .check(z.refine((text) => parseVersion(text) !== undefined, 'expected a version of three numbers, major.minor.patch'))
  .register(z.globalRegistry, { pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' });

/** A version that a recipe may be registered under: one of its numbers may be `x`, the next one. */
export const newVersionSchema = z
  .string()
  .check(
    z.refine(
      (text) => parseNewVersion(text) !== undefined,
      'expected a version of three numbers, major.minor.patch, of which one may be x for the next (1.0.x, 1.x.0)',
    ),
  );

/** EC2 takes 16 KiB of user data before they are encoded (EC2 user guide, run commands at launch); Image Builder's API says 21,847 characters. */
const userDataSchema = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(21_847, 'expected user data of at most 16 KiB, 21,847 characters in base64'),
    z.regex(
      /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      'expected user data in base64, in one line (base64 -w0 <file>)',
    ),
  );

const additionalInstanceConfigurationSchema = z.strictObject({
  userDataOverride: z.optional(userDataSchema),
  systemsManagerAgent: z.optional(
    z.strictObject({
      uninstallAfterBuild: z._default(
        z.literal(false, 'expected false: the agent that user data install stays in the image, where tests need it'),
        false,
      ),
    }),
  ),
});

export const imageRecipeSchema = z.strictObject({
  name: nameSchema,
  semanticVersion: semanticVersionSchema,
  parentImage: parentImageSchema,
  components: z._default(z.array(componentSchema), []),
  files: z._default(z.array(fileSchema), []),
  blockDeviceMappings: z._default(z.array(blockDeviceMappingSchema), []),
  workingDirectory: z._default(absolutePath, '/tmp'),
  additionalInstanceConfiguration: z.optional(additionalInstanceConfigurationSchema),
  amiTags: z._default(amiTagsSchema, {}),
  sanitise: z._default(z.strictObject({ skip: z._default(z.array(z.enum(sanitiseSections)), []) }), { skip: [] }),
});

/** A recipe that is registered by itself; in a pipeline its version would have nothing to be next to. */
export const newImageRecipeSchema = z.extend(imageRecipeSchema, { semanticVersion: newVersionSchema });

export type ImageRecipe = z.output<typeof imageRecipeSchema>;
