// The disk of a region's AMI as a file in S3, by VM Import/Export.
import * as z from 'zod';

export const exportSchema = z.strictObject({
  /** The role that VM Import/Export takes to write into the bucket. */
  roleName: z
    .string()
    .regex(/^[\w+=,.@-]{1,64}$/, 'expected the name of a role (not its ARN)')
    .default('vmimport'),
  diskImageFormat: z.enum(['VMDK', 'RAW', 'VHD']),
  s3Bucket: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'expected the name of a bucket, 3 to 63 lower-case letters, digits, . and -',
    ),
  s3Prefix: z.string().min(1).max(900).optional(),
});

export type ExportConfiguration = z.output<typeof exportSchema>;
