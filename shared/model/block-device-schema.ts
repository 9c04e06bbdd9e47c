// Block device mappings of a recipe, with Image Builder's limits.
import * as z from 'zod/mini';

const ebsSchema = z
  .strictObject({
    encrypted: z.optional(z.boolean()),
    deleteOnTermination: z.optional(z.boolean()),
    iops: z.optional(z.int().check(z.minimum(100), z.maximum(64_000))),
    kmsKeyId: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
    snapshotId: z.optional(
      z
        .string()
        .check(
          z.regex(
            /^snap-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
            'expected a snapshot id (snap- and 8 or 17 hexadecimal digits)',
          ),
        ),
    ),
    /** GiB. */
    volumeSize: z.optional(z.int().check(z.minimum(1), z.maximum(16_000))),
    volumeType: z.optional(z.enum(['standard', 'io1', 'io2', 'gp2', 'gp3', 'sc1', 'st1'])),
    /** MiB/s. */
    throughput: z.optional(z.int().check(z.minimum(125), z.maximum(1000))),
  })
  .check(
    z.refine((ebs) => ebs.throughput === undefined || ebs.volumeType === 'gp3', {
      path: ['throughput'],
      error: 'expected volumeType: gp3 beside throughput (no other type has one)',
    }),
    z.refine((ebs) => ebs.kmsKeyId === undefined || ebs.encrypted === true, {
      path: ['kmsKeyId'],
      error: 'expected encrypted: true beside kmsKeyId (EC2 refuses a key without it)',
    }),
  );

export const blockDeviceMappingSchema = z
  .strictObject({
    deviceName: z.string().check(z.minLength(1), z.maxLength(1024)),
    ebs: z.optional(ebsSchema),
    virtualName: z.optional(z.string().check(z.minLength(1), z.maxLength(1024))),
    noDevice: z.optional(z.literal('', 'expected an empty text ("")')),
  })
  .check(
    z.refine(
      (mapping) =>
        [mapping.ebs, mapping.virtualName, mapping.noDevice].filter((part) => part !== undefined).length === 1,
      'expected exactly one of ebs, virtualName and noDevice',
    ),
  );
