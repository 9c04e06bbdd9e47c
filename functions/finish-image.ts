// Ends the image's record as the build ended, and tells bus and topic.
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import { finish } from '../shared/phase/finish.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { endedInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = { ...storeGateways(), notices: notices(environment.eventBusName), accountId: environment.accountId };

export const handler = phase(endedInput, ({ image, error, cleanupError }) =>
  finish(gateways, image, { caught: error, cleanupError }),
);
