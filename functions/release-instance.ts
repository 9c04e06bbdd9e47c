// Ends the builder or the tester before the build ends.
import * as z from 'zod/mini';
import { instancesOf } from '../shared/aws/instances.ts';
import { perRegion, storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { releaseInstance } from '../shared/phase/release-instance.ts';

const gateways = { ...storeGateways(), instances: perRegion(instancesOf) };

export const handler = phase(z.extend(imageInput, { role: z.enum(['builder', 'tester']) }), (input) =>
  releaseInstance(gateways, input),
);
