// What the functions are sent: ids and small enums of this stack's own account and region, by the machine or by AWS's own events.
import * as z from 'zod/mini';
import { environment } from '../aws/environment.ts';
import { eventSource } from '../aws/notices.ts';
import { answerApprovalInputSchema } from '../model/approval-schema.ts';
import { type ArnParts, isImageBuildVersion, parseArn } from '../model/arns.ts';
import { promoteInputSchema, revokeInputSchema } from '../model/channel.ts';
import { preflightInputSchema } from '../model/preflight.ts';
import {
  buildRequestSchema,
  channelChangeSchema,
  defaultScheduleSchema,
  imageEndedSchema,
  startBuildInputSchema,
} from '../model/start-build.ts';

const isOwn = ({ partition, region, accountId }: ArnParts) =>
  partition === environment.partition && region === environment.region && accountId === environment.accountId;

/** The ARN of a build version of this account and region: what another stack made elsewhere is never acted on. */
const imageArnSchema = z.string().check(
  z.refine((text) => {
    const arn = parseArn(text);
    return isImageBuildVersion(arn) && isOwn(arn);
  }, 'expected the ARN of an image build version of this account and region'),
);

const buildRequest = startBuildInputSchema.check(
  z.refine(
    ({ imagePipelineArn, retryOf, distribution }) =>
      [imagePipelineArn, retryOf, distribution?.source].every((text) => {
        const arn = text === undefined ? undefined : parseArn(text);
        return !arn || isOwn(arn);
      }),
    'expected a pipeline and images of this account and region',
  ),
);

const token = z.string().check(z.minLength(1), z.maxLength(2048));
const index = z.int().check(z.minimum(0), z.maximum(999));

/** `execution`: ARN of the execution that asks, which the machine always says. */
export const imageInput = z.object({
  image: imageArnSchema,
  execution: z.optional(z.string().check(z.minLength(1), z.maxLength(2048))),
});
/** An image whose plan is to be checked, or a pipeline as it would be built now. */
export const checkDistributionInput = z.union([imageInput, preflightInputSchema]);
export const answerApprovalInput = z.extend(answerApprovalInputSchema, { image: imageArnSchema });
export const promoteInput = z.extend(promoteInputSchema, { image: imageArnSchema });
export const revokeInput = z.extend(revokeInputSchema, { image: imageArnSchema });
export const waitingInput = z.extend(imageInput, { token });
export const regionInput = z.extend(waitingInput, { index });
export const componentInput = z.extend(regionInput, { stage: z.enum(['build', 'test']) });

// A failure without a name or a cause is caught with nulls (Step Functions API, SendTaskFailure).
const text = z.pipe(
  z.nullish(z.string()),
  z.transform((value) => value ?? undefined),
);
const caught = z.object({ Error: text, Cause: text });
/** `ended`: what the machine knows at its end, namely what it caught and what Cleanup ended with. */
export const endedInput = z.extend(imageInput, {
  ended: z._default(z.object({ error: z.optional(caught), cleanupError: z.optional(caught) }), {}),
});

const from = (...sources: string[]) =>
  z.looseObject({
    source: z.enum(sources),
    account: z
      .string()
      .check(z.refine((account) => account === environment.accountId, 'expected an event of this account')),
  });

/** Of its AMIs an account that images are copied into tells too: distribution-role.yml forwards what its EC2 says. */
const amiEventOfTarget = z.looseObject({
  source: z.literal('aws.ec2'),
  'detail-type': z.literal('EC2 AMI State Change'),
  account: z
    .string()
    .check(
      z.refine((account) => environment.accounts.includes(account), 'expected an event of an account of the stack'),
    ),
});

/** What `event` reads of an event that AWS itself put on a bus of this account, or of one that images are copied into: sources that begin with `aws.` are refused to everybody else (EventBridge PutEvents). */
export const stateEventFromAws = <Event extends z.core.$ZodType>(event: Event) =>
  after(z.union([from('aws.ec2', 'aws.ssm'), amiEventOfTarget]), event);

/** What `event` reads of an event of this stack's own state machine, about one of its own images. */
export const eventOfOurMachine = <Event extends z.core.$ZodType>(event: Event) =>
  after(
    z.extend(from('aws.states'), {
      region: z.string().check(z.refine((region) => region === environment.region, 'expected an event of this region')),
      detail: z.looseObject({
        stateMachineArn: z
          .string()
          .check(
            z.refine(
              (arn) => arn === environment.stateMachineArn,
              'expected an execution of this stack’s state machine',
            ),
          ),
        input: z
          .string()
          .check(z.refine(isInputOfMachine, 'expected {"image": "<arn>"} of this account and region as JSON')),
      }),
    }),
    event,
  );

/** What `event` reads of an event that this stack put on its own bus. */
export const eventOfOurs = <Event extends z.core.$ZodType>(event: Event) => after(from(eventSource), event);

function isInputOfMachine(text: string): boolean {
  try {
    return imageInput.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

const after = <Event extends z.core.$ZodType>(origin: z.core.$ZodType, event: Event) =>
  z.pipe(origin, event as unknown as z.core.$ZodType<z.output<Event>, unknown>);

/** Everything that may call start-build: a request, the weekly rule, and events of our own bus. */
export const startBuildInput = z.union([
  buildRequest,
  defaultScheduleSchema,
  eventOfOurs(imageEndedSchema),
  eventOfOurs(buildRequestSchema),
  eventOfOurs(channelChangeSchema),
]);
