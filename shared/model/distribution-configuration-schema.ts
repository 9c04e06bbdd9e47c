// The regions an image goes to, and what is set in each.
import * as z from 'zod';
import { amiNameSchema } from './ami-name-schema.ts';
import { channelNameSchema } from './channel.ts';
import { exportSchema } from './export-schema.ts';
import { launchTemplatesSchema, parametersSchema } from './published-targets-schema.ts';
import { regionSchema } from './region-schema.ts';
import { partitionOf } from './regions.ts';
import { copyDurationSchema, deprecateAfterSchema, deregistrationProtectionSchema } from './retirement-schema.ts';
import { tagsSchema } from './tags.ts';

const accountId = z.string().regex(/^[0-9]{12}$/, 'expected an account id of 12 digits');

const launchPermissionSchema = z.strictObject({
  userIds: z.array(accountId).max(1536).default([]),
  userGroups: z.array(z.literal('all', 'expected all (the only group EC2 knows)')).max(1).default([]),
  organizationArns: z
    .array(
      z
        .string()
        .regex(
          /^arn:aws[a-z-]*:organizations::[0-9]{12}:organization\/o-[a-z0-9]{10,32}$/,
          'expected the ARN of an organization',
        ),
    )
    .max(25)
    .default([]),
  organizationalUnitArns: z
    .array(
      z
        .string()
        .regex(
          /^arn:aws[a-z-]*:organizations::[0-9]{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
          'expected the ARN of an organizational unit',
        ),
    )
    .max(25)
    .default([]),
});

// Limits of Image Builder's AmiDistributionConfiguration.
const targetAccountIdsSchema = z
  .array(accountId)
  .min(1, 'expected at least one account (leave targetAccountIds out where the image stays in this one)')
  .max(1536, 'expected at most 1536 accounts')
  .refine((ids) => new Set(ids).size === ids.length, 'expected each account once');

/** A key of Image Builder's that has no meaning here: known by name, so that the answer says what to do. */
const refused = (why: string) => z.never(`expected no such setting. ${why}`).optional();

type Reached = {
  amiDistributionConfiguration: {
    targetAccountIds?: string[] | undefined;
    launchPermission?: { userIds: string[] } | undefined;
  };
  launchTemplateConfigurations?: { accountId?: string | undefined }[] | undefined;
  ssmParameterConfigurations?: { amiAccountId?: string | undefined }[] | undefined;
};

/** What is in another account names an AMI that this account has, or may use (Image Builder API reference, SsmParameterConfiguration). */
function accountsReached(
  { amiDistributionConfiguration: ami, launchTemplateConfigurations = [], ssmParameterConfigurations = [] }: Reached,
  context: z.RefinementCtx,
): void {
  const known = [...(ami.targetAccountIds ?? []), ...(ami.launchPermission?.userIds ?? [])];
  const named: [string, string, string | undefined][] = [
    ...launchTemplateConfigurations.map((one) => ['launchTemplateConfigurations', 'accountId', one.accountId] as const),
    ...ssmParameterConfigurations.map(
      (one) => ['ssmParameterConfigurations', 'amiAccountId', one.amiAccountId] as const,
    ),
  ].map(([list, key, account]) => [list, key, account]);
  for (const [index, [list, key, account]] of named.entries()) {
    if (account === undefined || known.includes(account)) continue;
    const position = list === 'launchTemplateConfigurations' ? index : index - launchTemplateConfigurations.length;
    context.addIssue({
      code: 'custom',
      path: [list, position, key],
      message: `expected an account of targetAccountIds or launchPermission.userIds of this region: another has no AMI to name (leave it out for the account of the stack)`,
    });
  }
}

const distributionSchema = z
  .strictObject({
    region: regionSchema,
    amiDistributionConfiguration: z
      .strictObject({
        name: amiNameSchema.optional(),
        description: z.string().min(1).max(1024).optional(),
        amiTags: tagsSchema(50).default({}),
        kmsKeyId: z.string().min(1).max(1024).optional(),
        targetAccountIds: targetAccountIdsSchema.optional(),
        launchPermission: launchPermissionSchema.optional(),
        deprecateAfter: deprecateAfterSchema.optional(),
        deregistrationProtection: deregistrationProtectionSchema.optional(),
        snapshotCopyCompletionDurationMinutes: copyDurationSchema.optional(),
      })
      .default({ amiTags: {} }),
    launchTemplateConfigurations: launchTemplatesSchema.optional(),
    ssmParameterConfigurations: parametersSchema.optional(),
    s3ExportConfiguration: exportSchema.optional(),
    fastLaunchConfigurations: refused('Fast launch is for Windows images, which are not built here: remove it'),
    licenseConfigurationArns: refused(
      'License configurations are not attached here: attach them to the AMI with License Manager, and remove the key',
    ),
    containerDistributionConfiguration: refused('Container images are not built here: remove it'),
  })
  .superRefine(accountsReached);

export const distributionConfigurationSchema = z.strictObject({
  /** False: copies wait for the verdict of the tests, so that a failed image costs no transfer. */
  copyDuringTests: z.boolean().default(true),
  /** The channel of the image that publishing moves to it. */
  channel: z.optional(channelNameSchema),
  /** Empty: the image stays in the region it was built in. */
  distributions: z
    .array(distributionSchema)
    .superRefine((distributions, context) => {
      const seen = new Set<string>();
      for (const [index, { region }] of distributions.entries()) {
        if (seen.has(region))
          context.addIssue({ code: 'custom', path: [index, 'region'], message: 'expected each region once' });
        seen.add(region);
        const [partition, first] = [partitionOf(region), partitionOf(distributions[0]!.region)];
        if (partition && first && partition !== first) {
          context.addIssue({
            code: 'custom',
            path: [index, 'region'],
            message: `expected a region of the same partition as ${distributions[0]!.region} (images cannot be copied between partitions)`,
          });
        }
      }
    })
    .default([]),
});
