// The regions an image goes to, and under which name, tags, key and permissions.
import * as z from 'zod';
import { regionSchema } from './region-schema.ts';
import { partitionOf } from './regions.ts';
import { tagsSchema } from './tags.ts';

const accountId = z.string().regex(/^[0-9]{12}$/, 'expected an account id of 12 digits');

// The pattern and length of Image Builder; {{ imagebuilder:buildDate }} and {{ imagebuilder:buildVersion }} are filled in at build time.
const amiName = z
  .string()
  .max(127, 'expected an AMI name of at most 127 characters')
  .regex(
    /^[-_A-Za-z0-9{][-_A-Za-z0-9\s:{}.]+[-_A-Za-z0-9}]$/,
    'expected an AMI name of letters, digits, blanks, . - _ and {{ imagebuilder:buildDate }} or {{ imagebuilder:buildVersion }}',
  )
  .refine(
    (name) => !/[{}:]/.test(name.replace(/\{\{\s*imagebuilder:build(?:Date|Version)\s*\}\}/g, '')),
    'expected no other reference than {{ imagebuilder:buildDate }} and {{ imagebuilder:buildVersion }}',
  );

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

const distributionSchema = z.strictObject({
  region: regionSchema,
  amiDistributionConfiguration: z
    .strictObject({
      name: amiName.optional(),
      description: z.string().min(1).max(1024).optional(),
      amiTags: tagsSchema(50).default({}),
      kmsKeyId: z.string().min(1).max(1024).optional(),
      targetAccountIds: targetAccountIdsSchema.optional(),
      launchPermission: launchPermissionSchema.optional(),
    })
    .default({ amiTags: {} }),
});

export const distributionConfigurationSchema = z.strictObject({
  /** False: copies wait for the verdict of the tests, so that a failed image costs no transfer. */
  copyDuringTests: z.boolean().default(true),
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
