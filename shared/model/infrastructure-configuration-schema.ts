// Where and how builders and testers are launched.
import * as z from 'zod/mini';
import { tagsSchema } from './tags.ts';
import { topicArnSchema } from './topic-arn-schema.ts';

const subnetId = z
  .string()
  .check(
    z.regex(/^subnet-(?:[0-9a-f]{8}|[0-9a-f]{17})$/, 'expected a subnet id (subnet- and 8 or 17 hexadecimal digits)'),
  );

const instanceType = z.string().check(
  z.regex(/^[a-z][a-z0-9-]{0,30}\.(?:nano|micro|small|medium|large|[0-9]{0,3}xlarge|metal(?:-[0-9a-z]+)?)$/, {
    error: 'expected an instance type such as t3.micro or m7g.2xlarge',
  }),
);

export const infrastructureConfigurationSchema = z
  .pipe(
    z
      .strictObject({
        /** Tried in order; empty: chosen by the architecture of the parent image. */
        instanceTypes: z._default(z.array(instanceType), []),
        instanceProfileName: z.optional(
          z.string().check(z.regex(/^[\w+=,.@-]{1,128}$/, 'expected the name of an instance profile (not its ARN)')),
        ),
        subnetId: z.optional(subnetId),
        /** Tried in order; empty: a default subnet of the default VPC. */
        subnetIds: z.optional(z.array(subnetId)),
        securityGroupIds: z._default(
          z.array(
            z
              .string()
              .check(
                z.regex(
                  /^sg-(?:[0-9a-f]{8}|[0-9a-f]{17})$/,
                  'expected a security group id (sg- and 8 or 17 hexadecimal digits)',
                ),
              ),
          ),
          [],
        ),
        instanceMetadataOptions: z.optional(
          z.strictObject({
            httpTokens: z.optional(z.enum(['optional', 'required'])),
            httpPutResponseHopLimit: z.optional(z.int().check(z.minimum(1), z.maximum(64))),
          }),
        ),
        terminateInstanceOnFailure: z._default(z.boolean(), true),
        /** Hours after which the sweep ends an instance that was left for inspection; absent: whoever asked for it ends it. */
        keepFor: z.optional(z.int().check(z.minimum(1), z.maximum(720))),
        resourceTags: z._default(tagsSchema(30), {}),
        snsTopicArn: z.optional(topicArnSchema),
      })
      .check(
        z.refine((configuration) => configuration.subnetId === undefined || configuration.subnetIds === undefined, {
          path: ['subnetId'],
          error: 'expected either subnetId or subnetIds, not both',
        }),
        z.refine((configuration) => configuration.keepFor === undefined || !configuration.terminateInstanceOnFailure, {
          path: ['keepFor'],
          error: 'expected terminateInstanceOnFailure: false beside keepFor (otherwise no instance is kept)',
        }),
      ),
    z.transform(({ subnetId: one, subnetIds, ...rest }) => ({ ...rest, subnetIds: subnetIds ?? (one ? [one] : []) })),
  )
  .check(
    z.refine((configuration) => configuration.securityGroupIds.length === 0 || configuration.subnetIds.length > 0, {
      path: ['securityGroupIds'],
      error: 'expected subnetIds beside securityGroupIds (a group belongs to the VPC of its subnets)',
    }),
  );
