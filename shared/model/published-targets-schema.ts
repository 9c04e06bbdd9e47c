// What names the AMI of a region for its consumers: launch templates and SSM parameters, in Image Builder's shape.
import * as z from 'zod/mini';

const accountId = z.string().check(z.regex(/^[0-9]{12}$/, 'expected an account id of 12 digits'));

/** A new version of the template, with the AMI in place of what its default version has. */
const launchTemplateSchema = z.strictObject({
  launchTemplateId: z
    .string()
    .check(z.regex(/^lt-[a-z0-9-_]{17}$/, 'expected the id of a launch template, lt- and 17 characters')),
  accountId: z.optional(accountId),
  setDefaultVersion: z._default(z.boolean(), false),
});

export const launchTemplatesSchema = z.array(launchTemplateSchema).check(
  z.minLength(1),
  z.maxLength(100),
  z.superRefine((list, context) =>
    onceEach(list, context, ({ launchTemplateId }) => launchTemplateId, 'launchTemplateId'),
  ),
);

export type LaunchTemplateConfiguration = z.output<typeof launchTemplateSchema>;

/** What Parameter Store allows of 1011 characters beside the longest ARN that may stand before a name (Systems Manager API reference, PutParameter). */
const longestName = 950;
const deepest = 15;

/** Image Builder's pattern, and what Parameter Store asks beside; names of AWS are reserved (Systems Manager API reference, PutParameter). */
const parameterName = z.string().check(
  z.maxLength(longestName, `expected a name of at most ${longestName} characters (1011 with the ARN before it)`),
  z.regex(/^[a-zA-Z0-9_.\-/]+$/, 'expected a parameter name of letters, digits and . - _ /'),
  z.refine(
    (name) => !name.includes('/') || name.startsWith('/'),
    'expected a name that begins with /, as it has one inside',
  ),
  z.refine((name) => !/\/(?:\/|$)/.test(name), 'expected a name with something after each /'),
  z.refine(
    (name) => name.split('/').length - 1 <= deepest,
    `expected a name of at most ${deepest} levels (Parameter Store)`,
  ),
  z.refine(
    (name) => !/^\/?(?:aws|ssm)/i.test(name),
    'expected a name that does not begin with aws or ssm: AWS reserves those',
  ),
);

const parameterSchema = z.strictObject({
  parameterName,
  dataType: z._default(z.enum(['text', 'aws:ec2:image']), 'aws:ec2:image'),
  amiAccountId: z.optional(accountId),
});

export const parametersSchema = z.array(parameterSchema).check(
  z.minLength(1),
  z.maxLength(10),
  z.superRefine((list, context) =>
    onceEach(
      list,
      context,
      ({ parameterName: name, amiAccountId }) => parameterKey(name, amiAccountId),
      'parameterName',
    ),
  ),
);

export type ParameterConfiguration = z.output<typeof parameterSchema>;

/** Equal for what is one parameter: `web` and `/web` are (Systems Manager user guide, requirements for parameter names). */
export const parameterKey = (name: string, account = '') => `${account} ${name.replace(/^\//, '')}`;

/** Two settings of one target would undo each other. */
function onceEach<One>(list: One[], context: z.core.$RefinementCtx, keyOf: (one: One) => string, field: string): void {
  const seen = new Set<string>();
  for (const [index, one] of list.entries()) {
    if (seen.has(keyOf(one)))
      context.addIssue({ code: 'custom', path: [index, field], message: `expected each ${field} once` });
    seen.add(keyOf(one));
  }
}
