// The regions an image goes to, and what is set in each.
import * as z from 'zod/mini';
import { amiNameSchema } from './ami-name-schema.ts';
import { amiTagsSchema } from './ami-tags-schema.ts';
import { channelNameSchema } from './channel.ts';
import { exportSchema } from './export-schema.ts';
import { launchTemplatesSchema, parametersSchema } from './published-targets-schema.ts';
import { regionSchema } from './region-schema.ts';
import { partitionOf } from './regions.ts';
import { copyDurationSchema, deprecateAfterSchema, deregistrationProtectionSchema } from './retirement-schema.ts';

const accountId = z.string().check(z.regex(/^[0-9]{12}$/, 'expected an account id of 12 digits'));

const launchPermissionSchema = z.strictObject({
  userIds: z._default(z.array(accountId).check(z.maxLength(1536)), []),
  userGroups: z._default(
    z.array(z.literal('all', 'expected all (the only group EC2 knows)')).check(z.maxLength(1)),
    [],
  ),
  organizationArns: z._default(
    z
      .array(
        z
          .string()
          .check(
            z.regex(
              /^arn:aws[a-z-]*:organizations::[0-9]{12}:organization\/o-[a-z0-9]{10,32}$/,
              'expected the ARN of an organization',
            ),
          ),
      )
      .check(z.maxLength(25)),
    [],
  ),
  organizationalUnitArns: z._default(
    z
      .array(
        z
          .string()
          .check(
            z.regex(
              /^arn:aws[a-z-]*:organizations::[0-9]{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
              'expected the ARN of an organizational unit',
            ),
          ),
      )
      .check(z.maxLength(25)),
    [],
  ),
});

// Limits of Image Builder's AmiDistributionConfiguration.
const targetAccountIdsSchema = z.array(accountId).check(
  z.minLength(1, 'expected at least one account (leave targetAccountIds out where the image stays in this one)'),
  z.maxLength(1536, 'expected at most 1536 accounts'),
  z.refine((ids) => new Set(ids).size === ids.length, 'expected each account once'),
);

/** Image Builder takes 1,024 characters of any kind, and EC2 refuses them when the AMI is made: at most 255, of ASCII. */
const descriptionSchema = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(255, 'expected at most 255 characters: EC2 takes no longer description of an AMI'),
    z.regex(
      /^[ -~]*$/,
      'expected letters, digits, blanks and signs of ASCII: EC2 takes no other description of an AMI',
    ),
  );

/** A key of Image Builder's that has no meaning here: known by name, so that the answer says what to do. */
const refused = (why: string) => z.optional(z.never(`expected no such setting. ${why}`));

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
  context: z.core.$RefinementCtx,
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

/**
 * AMIs of one build, in regions and accounts together: publishing commits them in one write, whose expression has room for
 * these and an export of each region (DynamoDB developer guide, constraints: 4 KB).
 */
export const mostDestinations = 240;

const distributionSchema = z
  .strictObject({
    region: regionSchema,
    amiDistributionConfiguration: z._default(
      z.strictObject({
        name: z.optional(amiNameSchema),
        description: z.optional(descriptionSchema),
        amiTags: z._default(amiTagsSchema, {}),
        kmsKeyId: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
        targetAccountIds: z.optional(targetAccountIdsSchema),
        launchPermission: z.optional(launchPermissionSchema),
        deprecateAfter: z.optional(deprecateAfterSchema),
        deregistrationProtection: z.optional(deregistrationProtectionSchema),
        snapshotCopyCompletionDurationMinutes: z.optional(copyDurationSchema),
      }),
      { amiTags: {} },
    ),
    launchTemplateConfigurations: z.optional(launchTemplatesSchema),
    ssmParameterConfigurations: z.optional(parametersSchema),
    s3ExportConfiguration: z.optional(exportSchema),
    fastLaunchConfigurations: refused('Fast launch is for Windows images, which are not built here: remove it'),
    licenseConfigurationArns: refused(
      'License configurations are not attached here: attach them to the AMI with License Manager, and remove the key',
    ),
    containerDistributionConfiguration: refused('Container images are not built here: remove it'),
  })
  .check(z.superRefine(accountsReached));

export const distributionConfigurationSchema = z.strictObject({
  /** False: copies wait for the verdict of the tests, so that a failed image costs no transfer. */
  copyDuringTests: z._default(z.boolean(), true),
  /** The channel of the image that publishing moves to it. */
  channel: z.optional(channelNameSchema),
  /** Empty: the image stays in the region it was built in. */
  distributions: z._default(
    z.array(distributionSchema).check(
      z.superRefine((distributions, context) => {
        const amis = distributions.reduce(
          (sum, { amiDistributionConfiguration: { targetAccountIds = [] } }) => sum + 1 + targetAccountIds.length,
          0,
        );
        if (amis > mostDestinations)
          context.addIssue({
            code: 'custom',
            message: `expected at most ${mostDestinations} AMIs, one for each region and for each of its targetAccountIds, since they are published together: these are ${amis}. Share AMIs with some of the accounts (launchPermission) instead`,
          });
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
      }),
    ),
    [],
  ),
});
