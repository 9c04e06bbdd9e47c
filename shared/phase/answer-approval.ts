// A person's answer: written once, with who gave it and when, and then the build goes on or ends.
import { approvalOutcome, decisionText } from '../build/approval.ts';
import { InvalidRequestError } from '../errors.ts';
import type { AnswerApprovalInput, Approval } from '../model/approval-schema.ts';
import { settle, type Waiting } from './await-resource.ts';
import { isoTime } from './timeline.ts';

export type Answered = { image: string; approval: Approval };

/** The same answer again is the same; another one is refused, as is one after the time. */
export async function answerApproval(
  answering: Waiting,
  { image, decision, by, reason }: AnswerApprovalInput,
): Promise<Answered> {
  const { images, waits, now } = answering;
  const { state, approval: asked } = await images.read(image);
  if (!asked) throw new InvalidRequestError(`${image} is ${state.status} and does not wait for an approval.`);
  if (!asked.decision && now() >= Date.parse(asked.until))
    throw new InvalidRequestError(`${image} could be answered until ${asked.until}: its build is cancelled.`);
  const given = { decision, at: isoTime(answering), ...(by && { by }), ...(reason && { reason }) };
  const approval = asked.decision ? asked : await images.answerApproval(image, given);
  if (!approval) throw new InvalidRequestError(`${image} has ended: it does not wait for an approval any more.`);
  if (approval.decision !== decision)
    throw new InvalidRequestError(`${image} was answered before. ${decisionText(approval)}`);
  // Whoever died before this call left the answer in the record: the same answer again wakes the build, or its next heartbeat.
  const wait = (await waits.of(image)).find(({ wanted }) => wanted === 'approved');
  const outcome = approvalOutcome(approval, now());
  if (wait && outcome) await settle(answering, wait, { outcome, notes: [decisionText(approval)] }, 'event');
  return { image, approval };
}
