// Publishing only after a person has said so: what a pipeline asks for, and what an image's record says of it.
import * as z from 'zod/mini';
import { topicArnSchema } from './topic-arn-schema.ts';

export const approvalSchema = z.optional(
  z.strictObject({
    /** Who is asked; absent: the topic of the infrastructure configuration. */
    snsTopicArn: z.optional(topicArnSchema),
    /** Ten days at most: an execution has fourteen for everything. */
    timeoutHours: z._default(z.int().check(z.minimum(1), z.maximum(240)), 72),
  }),
);

export type Decision = 'approved' | 'rejected';

/** Times are ISO 8601. `by` is what the one who answered said of himself: CloudTrail has the proof. */
export type Approval = {
  requested: string;
  until: string;
  decision?: Decision;
  by?: string;
  at?: string;
  reason?: string;
};

export const answerApprovalInputSchema = z.strictObject({
  image: z.string(),
  decision: z.enum(['approved', 'rejected']),
  by: z.optional(z.string().check(z.minLength(1), z.maxLength(2048))),
  reason: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
});

export type AnswerApprovalInput = z.output<typeof answerApprovalInputSchema>;
