// What start-build is called with and what it answers.
import * as z from 'zod/mini';
import { isImageBuildVersion, parseArn } from './arns.ts';
import { channelNameSchema } from './channel.ts';
import { nameSchema } from './names.ts';
import { type RunOutcome, triggers } from './pipeline-run.ts';
import { regionSchema } from './region-schema.ts';

/** Reasons travel through queue, run and image record, each one item of the table. */
export const longestReason = 512;
export const mostReasons = 10;

const requestFields = {
  /** The same token starts the same build once (Image Builder: 1 to 64 characters). */
  clientToken: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  trigger: z._default(z.enum(triggers), 'manual'),
  /** When it was due: the same time starts the same build once. */
  scheduledTime: z.optional(z.iso.datetime({ offset: true })),
  /** What the record of the build tells as its cause. */
  reasons: z._default(
    z.array(z.string().check(z.minLength(1), z.maxLength(longestReason))).check(z.maxLength(mostReasons)),
    [],
  ),
};

const imageArnSchema = z
  .string()
  .check(z.refine((text) => isImageBuildVersion(parseArn(text)), 'expected the ARN of an image build version'));

export const startBuildInputSchema = z
  .strictObject({
    imagePipelineName: z.optional(nameSchema),
    imagePipelineArn: z.optional(
      z
        .string()
        .check(z.refine((text) => parseArn(text)?.type === 'image-pipeline', 'expected the ARN of an image pipeline')),
    ),
    /** As put-resources answered it: the registration to build. The newest when absent. */
    contentHash: z.optional(
      z.string().check(z.regex(/^[0-9a-f]{64}$/, 'expected the contentHash that put-resources answered')),
    ),
    /** A failed image that keeps its tested AMI: that is tested and published, by the newest registration of its pipeline. */
    retryOf: z.optional(imageArnSchema),
    /** An AMI of this region, or an image: copied to these regions and published there, without a build. */
    distribution: z.optional(
      z.strictObject({
        source: z.union([
          z.string().check(z.regex(/^ami-[0-9a-f]{8}(?:[0-9a-f]{9})?$/, 'expected an AMI id or the ARN of an image')),
          imageArnSchema,
        ]),
        regions: z.array(regionSchema).check(
          z.minLength(1),
          z.maxLength(50),
          z.refine((regions) => new Set(regions).size === regions.length, 'expected each region once'),
        ),
      }),
    ),
    ...requestFields,
  })
  .check(
    z.refine((input) => {
      const named = [input.imagePipelineName, input.imagePipelineArn].filter((one) => one !== undefined).length;
      if (input.distribution) return named <= 1 && input.retryOf === undefined;
      return named + (input.retryOf === undefined ? 0 : 1) === 1;
    }, 'expected exactly one of imagePipelineName, imagePipelineArn, retryOf and distribution (which may name a pipeline too)'),
  );

/** The weekly rule of the stack: every enabled pipeline that has no schedule of its own. */
export const defaultScheduleSchema = z.strictObject({
  default: z.literal(true),
  trigger: z.literal('schedule'),
  scheduledTime: z.iso.datetime({ offset: true }),
});

/** Detail type of an event on our own bus that asks for a build. */
export const buildRequested = 'Image Pipeline Build Requested';

/** Its detail is a request as start-build is called with. */
export const buildRequestSchema = z.object({
  'detail-type': z.literal(buildRequested),
  id: z.string(),
  detail: startBuildInputSchema,
});

/** An event of our own bus: an image has ended. */
export const imageEndedSchema = z.object({
  'detail-type': z.literal('EC2 Image Builder Image State Change'),
  resources: z.tuple([
    z.string().check(z.refine((text) => parseArn(text)?.type === 'image', 'expected the ARN of an image')),
  ]),
  detail: z.object({ state: z.object({ status: z.enum(['AVAILABLE', 'FAILED', 'CANCELLED']) }) }),
});

/** Detail type of an event on our own bus: a channel was moved. */
export const channelChange = 'Image Channel Change';

/** What start-build reads of it; without AMIs where the channel has no image any more, or another one by now. */
export const channelChangeSchema = z.object({
  'detail-type': z.literal(channelChange),
  detail: z.object({
    name: nameSchema,
    channel: channelNameSchema,
    at: z.iso.datetime(),
    amis: z._default(z.array(z.object({ region: z.string() })).check(z.maxLength(100)), []),
  }),
});

export type ChannelChanged = z.output<typeof channelChangeSchema>['detail'];

export type StartBuildInput = z.input<typeof startBuildInputSchema>;

export type StartBuildRequest = z.output<typeof startBuildInputSchema>;

/** Image and execution are there when `outcome` is `started`, and of a request that waited once its build was started. */
export type StartBuildOutput = {
  outcome: RunOutcome;
  imageBuildVersionArn?: string;
  executionArn?: string;
  reason?: string;
};
