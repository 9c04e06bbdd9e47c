// Ensures that the builder is stopped, and waits until it is.
import { instancesOf } from '../shared/aws/instances.ts';
import { perRegion, waitingGateways } from '../shared/phase/gateways.ts';
import { waitingInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { stopBuilder } from '../shared/phase/stop-builder.ts';

const gateways = { ...waitingGateways(), instances: perRegion(instancesOf) };

export const handler = phase(waitingInput, (input) => stopBuilder(gateways, input));
