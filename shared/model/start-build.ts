// What start-build is called with and what it answers.
import * as z from 'zod';
import { parseArn } from './arns.ts';
import { nameSchema } from './names.ts';

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
    /** The same token starts the same build once (Image Builder: 1 to 64 characters). */
    clientToken: z.string().min(1).max(64).optional(),
  })
  .refine(
    (input) => (input.imagePipelineName === undefined) !== (input.imagePipelineArn === undefined),
    'expected exactly one of imagePipelineName and imagePipelineArn',
  );

export type StartBuildInput = z.output<typeof startBuildInputSchema>;

export type StartBuildOutput = { imageBuildVersionArn: string; executionArn: string };
