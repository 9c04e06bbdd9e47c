// Ensures the AMI of the builder and waits until it is available.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { perRegion, waitingGateways } from '../shared/phase/gateways.ts';
import { waitingInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { snapshotAmi } from '../shared/phase/snapshot-ami.ts';

const gateways = { ...waitingGateways(), amis: perRegion(amisOf), stackId: environment.stackId };

export const handler = phase(waitingInput, (input, lambda) => snapshotAmi(gateways, input, lambda));
