// Ensures the copy of the AMI in one region and waits until it is available.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { copyRegion } from '../shared/phase/copy-region.ts';
import { copyingGateways } from '../shared/phase/gateways.ts';
import { regionInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace } from '../shared/phase/places.ts';

const gateways = { ...copyingGateways(), amis: perPlace(amisOf), stackId: environment.stackId };

export const handler = phase(regionInput, (input, lambda) => copyRegion(gateways, input, lambda));
