// What becomes of a build that waits for a person.
import type { Approval } from '../model/approval-schema.ts';
import { failed, type Outcome, succeeded } from './outcome.ts';

const by = (approval: Approval) => (approval.by ? ` by ${approval.by}` : '');

/** What was decided, in a sentence. */
export const decisionText = (approval: Approval) =>
  `Publishing was ${approval.decision}${by(approval)} at ${approval.at}${approval.reason ? `: ${approval.reason}` : '.'}`;

/** Undefined while somebody may still answer. Rejection and the end of the time cancel the build. `now`: epoch milliseconds. */
export function approvalOutcome(approval: Approval | undefined, now: number): Outcome | undefined {
  if (!approval) return undefined;
  if (approval.decision === 'approved') return succeeded;
  if (approval.decision === 'rejected') return failed('CancelledError', decisionText(approval));
  if (now < Date.parse(approval.until)) return undefined;
  return failed('CancelledError', `Nobody approved the publishing until ${approval.until}: the build is cancelled.`);
}
