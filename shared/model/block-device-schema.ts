// Block device mappings of a recipe, with Image Builder's limits.
import * as z from 'zod';

const ebsSchema = z
  .strictObject({
    encrypted: z.boolean().optional(),
    deleteOnTermination: z.boolean().optional(),
    iops: z.int().min(100).max(64_000).optional(),
    kmsKeyId: z.string().min(1).max(1024).optional(),
    snapshotId: z
      .string()
      .regex(/^snap-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'expected a snapshot id (snap- and 8 or 17 hexadecimal digits)')
      .optional(),
    /** GiB. */
    volumeSize: z.int().min(1).max(16_000).optional(),
    volumeType: z.enum(['standard', 'io1', 'io2', 'gp2', 'gp3', 'sc1', 'st1']).optional(),
    /** MiB/s. */
    throughput: z.int().min(125).max(1000).optional(),
  })
  .refine((ebs) => ebs.throughput === undefined || ebs.volumeType === 'gp3', {
    path: ['throughput'],
    error: 'expected volumeType: gp3 beside throughput (no other type has one)',
  })
  .refine((ebs) => ebs.kmsKeyId === undefined || ebs.encrypted === true, {
    path: ['kmsKeyId'],
    error: 'expected encrypted: true beside kmsKeyId (EC2 refuses a key without it)',
  });

export const blockDeviceMappingSchema = z
  .strictObject({
    deviceName: z.string().min(1).max(1024),
    ebs: ebsSchema.optional(),
    virtualName: z.string().min(1).max(1024).optional(),
    noDevice: z.literal('', 'expected an empty text ("")').optional(),
  })
  .refine(
    (mapping) => [mapping.ebs, mapping.virtualName, mapping.noDevice].filter((part) => part !== undefined).length === 1,
    'expected exactly one of ebs, virtualName and noDevice',
  );
