// The parent image of a recipe: an AMI, a parameter that holds one, an image built here, or the newest AMI of an owner by name.
import * as z from 'zod/mini';
import { parseArn } from './arns.ts';
import { type NameAndVersion, parseVersioned, versionedPattern } from './references.ts';

export type ImageFilter = { owner: string; name: string; architecture?: 'x86_64' | 'arm64' | undefined };

export type ParentImage =
  | { kind: 'ami'; imageId: string }
  | { kind: 'ssm'; parameter: string }
  | ({ kind: 'image' } & NameAndVersion)
  | ({ kind: 'filter' } & ImageFilter);

export const amiPattern = /^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/;
// Parameter Store: names of letters, digits and _.-/, at most 1011 characters; or the ARN of a parameter.
const parameterPattern =
  /^(?:[A-Za-z0-9_.\-/]{1,1011}|arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{0,12}:parameter\/[A-Za-z0-9_.\-/]+)$/;

/** Reads an AMI id, `ssm:<parameter name or ARN>`, an image ARN, `name/x.x.x` or an owner with a name. Undefined for anything else. */
export function parseParentImage(parent: string | ImageFilter): ParentImage | undefined {
  if (typeof parent !== 'string') return { kind: 'filter', ...parent };
  if (amiPattern.test(parent)) return { kind: 'ami', imageId: parent };
  if (parent.startsWith('ssm:')) {
    const parameter = parent.slice('ssm:'.length);
    return parameterPattern.test(parameter) ? { kind: 'ssm', parameter } : undefined;
  }
  if (parseArn(parent) && parseArn(parent)?.type !== 'image') return undefined;
  const image = parseVersioned('image', parent);
  return image && { kind: 'image', name: image.name, version: image.version };
}

/** The parent image as one writes it: for messages. */
export function parentImageText(parent: string | ImageFilter): string {
  if (typeof parent === 'string') return parent;
  return [`"${parent.name}"`, `of owner ${parent.owner}`, parent.architecture].filter(Boolean).join(' ');
}

// Without an owner anybody's AMI could become the parent by its name, so there is none without.
const imageFilterSchema = z.strictObject({
  owner: z
    .string()
    .check(
      z.regex(
        /^(?:[0-9]{12}|self|amazon|aws-marketplace)$/,
        'expected an account id of 12 digits, self, amazon or aws-marketplace',
      ),
    )
    .register(z.globalRegistry, { description: 'Who owns the AMI: an account id, self, amazon or aws-marketplace.' }),
  name: z.string().check(z.minLength(3), z.maxLength(128)).register(z.globalRegistry, {
    description: 'The name of the AMI; * stands for any text, ? for one character. The newest that fits is taken.',
  }),
  architecture: z.optional(z.enum(['x86_64', 'arm64'])),
});

const expected =
  'expected an AMI id (ami- and 8 or 17 hexadecimal digits), ssm:<parameter name>, an image ARN, name/x.x.x of an image built here, or an owner with a name';

export const parentImageSchema = z.union(
  [
    z
      .string()
      .check(z.refine((text) => parseParentImage(text) !== undefined, expected))
      .register(z.globalRegistry, {
        pattern: `^ami-[0-9a-f]+$|^ssm:.|^arn:aws[a-z-]*:imagebuilder:|${versionedPattern}`,
      }),
    imageFilterSchema,
  ],
  expected,
);
