// The router: an AWS event wakes the build that waits for it.
import { amisOf } from '../shared/aws/amis.ts';
import { commands } from '../shared/aws/commands.ts';
import { environment } from '../shared/aws/environment.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { copyingGateways, perRegion } from '../shared/phase/gateways.ts';
import { stateEventFromAws } from '../shared/phase/inputs.ts';
import { looksOf } from '../shared/phase/looks.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace } from '../shared/phase/places.ts';
import { resumeBuild, stateEventSchema } from '../shared/phase/resume-build.ts';

const gateways = {
  ...copyingGateways(),
  instances: perRegion(instancesOf),
  amis: perPlace(amisOf),
  commands: commands(),
  accountId: environment.accountId,
};
const looks = looksOf(gateways);

export const handler = phase(stateEventFromAws(stateEventSchema), (event) =>
  resumeBuild({ ...gateways, looks }, event),
);
