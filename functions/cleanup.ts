// Releases what the ledger holds: called by the machine, and by the rule on executions that ended badly.
import * as z from 'zod/mini';
import { amisOf } from '../shared/aws/amis.ts';
import { commands } from '../shared/aws/commands.ts';
import { environment } from '../shared/aws/environment.ts';
import { exportsOf } from '../shared/aws/exports.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { notices } from '../shared/aws/notices.ts';
import { hasFailed } from '../shared/build/ending.ts';
import { channelReach } from '../shared/phase/channel-gateways.ts';
import { cleanup } from '../shared/phase/cleanup.ts';
import { executionEnded, executionEndedSchema } from '../shared/phase/execution-ended.ts';
import { copyingGateways, perRegion } from '../shared/phase/gateways.ts';
import { endedInput, eventOfOurMachine } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace, publishingReach } from '../shared/phase/places.ts';

const store = copyingGateways();
const gateways = {
  ...store,
  ...publishingReach(),
  ...channelReach(store.table),
  exports: perRegion(exportsOf),
  instances: perRegion(instancesOf),
  amis: perPlace(amisOf),
  commands: commands(),
  notices: notices(environment.eventBusName),
  stackId: environment.stackId,
  stackName: environment.stackName,
};

export const handler = phase(z.union([endedInput, eventOfOurMachine(executionEndedSchema)]), (input, lambda) =>
  'image' in input
    ? cleanup(gateways, input.image, hasFailed({ caught: input.ended.error }))
    : executionEnded(gateways, input, lambda),
);
