// Freezes the plan of a build: recipe, parent image, compiled components, names.
import { amisOf } from '../shared/aws/amis.ts';
import { ebsDefaults } from '../shared/aws/ebs-defaults.ts';
import { environment } from '../shared/aws/environment.ts';
import { instanceTypes } from '../shared/aws/instance-types.ts';
import { notices } from '../shared/aws/notices.ts';
import { parameters } from '../shared/aws/parameters.ts';
import { perRegion, storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { prepareImage } from '../shared/phase/prepare-image.ts';
import { components } from '../shared/store/components.ts';
import { pipelines } from '../shared/store/pipelines.ts';
import { retirements } from '../shared/store/retirements.ts';

const store = storeGateways();
const gateways = {
  ...store,
  amis: perRegion(amisOf),
  ebsDefaults,
  components: components(store.table),
  instanceTypes: instanceTypes(),
  notices: notices(environment.eventBusName),
  parameters: parameters(),
  pipelines: pipelines(store.table),
  retirements: retirements(store.table),
  region: environment.region,
  accounts: environment.accounts,
  stackId: environment.stackId,
  instanceProfileName: environment.instanceProfileName,
};

export const handler = phase(imageInput, (input, lambda) => prepareImage(gateways, input, lambda));
