// Asks a person whether the image is to be published, and waits for the answer.
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import type { ImageRecord } from '../shared/model/image-record.ts';
import { awaitApproval } from '../shared/phase/await-approval.ts';
import { changesSince } from '../shared/phase/changes.ts';
import { waitingGateways } from '../shared/phase/gateways.ts';
import { waitingInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const waiting = waitingGateways();
const gateways = {
  ...waiting,
  changes: (image: ImageRecord) => changesSince(waiting, image),
  notices: notices(environment.eventBusName),
  accountId: environment.accountId,
};

export const handler = phase(waitingInput, (input) => awaitApproval(gateways, input));
