// Ends the image's record as the build ended, and tells bus and topic.
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import type { ImageRecord } from '../shared/model/image-record.ts';
import { changesSince } from '../shared/phase/changes.ts';
import { finish } from '../shared/phase/finish.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { endedInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const store = storeGateways();
const gateways = {
  ...store,
  notices: notices(environment.eventBusName),
  accountId: environment.accountId,
  changes: (image: ImageRecord) => changesSince(store, image),
};

export const handler = phase(endedInput, ({ image, ended }) =>
  finish(gateways, image, { caught: ended.error, cleanupError: ended.cleanupError }),
);
