// Ensures the one builder instance of an image and waits until it runs.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { launchingGateways, perRegion } from '../shared/phase/gateways.ts';
import { waitingInput } from '../shared/phase/inputs.ts';
import { launch } from '../shared/phase/launch.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = {
  ...launchingGateways(),
  instances: perRegion(instancesOf),
  amis: perRegion(amisOf),
  stackId: environment.stackId,
};

export const handler = phase(waitingInput, (input, lambda) => launch(gateways, input, 'builder', lambda));
