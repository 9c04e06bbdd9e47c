// Ends the image's record as the build ended, and tells bus and topic.
import * as z from 'zod';
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import { finish } from '../shared/phase/finish.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

// A failure without a name or a cause is caught with nulls (Step Functions API, SendTaskFailure).
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const caught = z.object({ Error: text, Cause: text });
const input = imageInput.extend({ error: caught.optional(), cleanupError: caught.optional() });
const gateways = { ...storeGateways(), notices: notices(environment.eventBusName), accountId: environment.accountId };

export const handler = phase(input, ({ image, error, cleanupError }) =>
  finish(gateways, image, { caught: error, cleanupError }),
);
