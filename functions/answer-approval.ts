// A person's answer to the question whether an image is to be published.
import { answerApproval } from '../shared/phase/answer-approval.ts';
import { waitingGateways } from '../shared/phase/gateways.ts';
import { answerApprovalInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = waitingGateways();

export const handler = phase(answerApprovalInput, (input) => answerApproval(gateways, input));
