// What start-build is called with and what it answers.
import * as z from 'zod';
import { parseArn } from './arns.ts';
import { regionSchema } from './distribution-configuration-schema.ts';
import { nameSchema } from './names.ts';

const imageArnSchema = z.string().refine((text) => {
  const arn = parseArn(text);
  return arn?.type === 'image' && arn.build !== undefined;
}, 'expected the ARN of an image build version');

export const startBuildInputSchema = z
  .strictObject({
    imagePipelineName: nameSchema.optional(),
    imagePipelineArn: z
      .string()
      .refine((text) => parseArn(text)?.type === 'image-pipeline', 'expected the ARN of an image pipeline')
      .optional(),
    /** As put-resources answered it: the registration to build. The newest when absent. */
    contentHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected the contentHash that put-resources answered')
      .optional(),
    /** A failed image that keeps its tested AMI: that is tested and published, by the newest registration of its pipeline. */
    retryOf: imageArnSchema.optional(),
    /** An AMI of this region, or an image: copied to these regions and published there, without a build. */
    distribution: z
      .strictObject({
        source: z.union([
          z.string().regex(/^ami-[0-9a-f]{8}(?:[0-9a-f]{9})?$/, 'expected an AMI id or the ARN of an image'),
          imageArnSchema,
        ]),
        regions: z
          .array(regionSchema)
          .min(1)
          .max(50)
          .refine((regions) => new Set(regions).size === regions.length, 'expected each region once'),
      })
      .optional(),
    /** The same token starts the same build once (Image Builder: 1 to 64 characters). */
    clientToken: z.string().min(1).max(64).optional(),
  })
  .refine((input) => {
    const named = [input.imagePipelineName, input.imagePipelineArn].filter((one) => one !== undefined).length;
    if (input.distribution) return named <= 1 && input.retryOf === undefined;
    return named + (input.retryOf === undefined ? 0 : 1) === 1;
  }, 'expected exactly one of imagePipelineName, imagePipelineArn, retryOf and distribution (which may name a pipeline too)');

export type StartBuildInput = z.output<typeof startBuildInputSchema>;

export type StartBuildOutput = { imageBuildVersionArn: string; executionArn: string };
