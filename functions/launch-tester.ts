// Ensures the one tester instance, launched from the new AMI, and waits until it runs.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { notices } from '../shared/aws/notices.ts';
import { advance } from '../shared/phase/announce.ts';
import { launchingGateways, perRegion } from '../shared/phase/gateways.ts';
import { waitingInput } from '../shared/phase/inputs.ts';
import { launch } from '../shared/phase/launch.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = {
  ...launchingGateways(),
  instances: perRegion(instancesOf),
  amis: perRegion(amisOf),
  notices: notices(environment.eventBusName),
  stackId: environment.stackId,
};

export const handler = phase(waitingInput, async (input, lambda) => {
  await advance(gateways, input.image, 'TESTING');
  await launch(gateways, input, 'tester', lambda);
});
