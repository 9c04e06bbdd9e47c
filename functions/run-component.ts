// Ensures one command on the builder or tester: one component, the phases of this stage.
import { commands } from '../shared/aws/commands.ts';
import { environment } from '../shared/aws/environment.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { notices } from '../shared/aws/notices.ts';
import { perRegion, waitingGateways } from '../shared/phase/gateways.ts';
import { componentInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { runComponent } from '../shared/phase/run-component.ts';

const gateways = {
  ...waitingGateways(),
  commands: commands(),
  instances: perRegion(instancesOf),
  notices: notices(environment.eventBusName),
};

export const handler = phase(componentInput, (input, lambda) => runComponent(gateways, input, lambda));
