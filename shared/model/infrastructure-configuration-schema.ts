// Where and how builders and testers are launched.
import * as z from 'zod';
import { tagsSchema } from './tags.ts';

const subnetId = z
  .string()
  .regex(/^subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'expected a subnet id (subnet- and 8 or 17 hexadecimal digits)');

const instanceType = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}\.(?:nano|micro|small|medium|large|[0-9]{0,3}xlarge|metal(?:-[0-9a-z]+)?)$/, {
    error: 'expected an instance type such as t3.micro or m7g.2xlarge',
  });

export const infrastructureConfigurationSchema = z
  .strictObject({
    /** Tried in order; empty: chosen by the architecture of the parent image. */
    instanceTypes: z.array(instanceType).default([]),
    instanceProfileName: z
      .string()
      .regex(/^[\w+=,.@-]{1,128}$/, 'expected the name of an instance profile (not its ARN)')
      .optional(),
    subnetId: subnetId.optional(),
    /** Tried in order; empty: a default subnet of the default VPC. */
    subnetIds: z.array(subnetId).optional(),
    securityGroupIds: z
      .array(
        z
          .string()
          .regex(
            /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
            'expected a security group id (sg- and 8 or 17 hexadecimal digits)',
          ),
      )
      .default([]),
    instanceMetadataOptions: z
      .strictObject({
        httpTokens: z.enum(['optional', 'required']).optional(),
        httpPutResponseHopLimit: z.int().min(1).max(64).optional(),
      })
      .optional(),
    terminateInstanceOnFailure: z.boolean().default(true),
    /** Hours after which the sweep ends an instance that was left for inspection; absent: whoever asked for it ends it. */
    keepFor: z.int().min(1).max(720).optional(),
    resourceTags: tagsSchema(30).default({}),
    snsTopicArn: z
      .string()
      .regex(
        /^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/,
        'expected the ARN of a standard SNS topic',
      )
      .optional(),
  })
  .refine((configuration) => configuration.subnetId === undefined || configuration.subnetIds === undefined, {
    path: ['subnetId'],
    error: 'expected either subnetId or subnetIds, not both',
  })
  .refine((configuration) => configuration.keepFor === undefined || !configuration.terminateInstanceOnFailure, {
    path: ['keepFor'],
    error: 'expected terminateInstanceOnFailure: false beside keepFor (otherwise no instance is kept)',
  })
  .transform(({ subnetId: one, subnetIds, ...rest }) => ({ ...rest, subnetIds: subnetIds ?? (one ? [one] : []) }))
  .refine((configuration) => configuration.securityGroupIds.length === 0 || configuration.subnetIds.length > 0, {
    path: ['securityGroupIds'],
    error: 'expected subnetIds beside securityGroupIds (a group belongs to the VPC of its subnets)',
  });
