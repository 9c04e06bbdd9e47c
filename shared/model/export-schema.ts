// The disk of a region's AMI as a file in S3, by VM Import/Export.
import * as z from 'zod/mini';

export const exportSchema = z.strictObject({
  /** The role that VM Import/Export takes to write into the bucket. */
  roleName: z._default(
    z.string().check(z.regex(/^[\w+=,.@-]{1,64}$/, 'expected the name of a role (not its ARN)')),
    'vmimport',
  ),
  diskImageFormat: z.enum(['VMDK', 'RAW', 'VHD']),
  s3Bucket: z
    .string()
    .check(
      z.regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        'expected the name of a bucket, 3 to 63 lower-case letters, digits, . and -',
      ),
    ),
  s3Prefix: z.optional(z.string().check(z.minLength(1), z.maxLength(900))),
});

export type ExportConfiguration = z.output<typeof exportSchema>;
