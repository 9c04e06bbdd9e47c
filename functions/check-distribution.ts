// Checks what a distribution names before anything is launched: of a build's plan, or of a pipeline that nobody builds yet.
import { credentialsIn } from '../shared/aws/account-credentials.ts';
import { amisOf } from '../shared/aws/amis.ts';
import { bucketsFrom } from '../shared/aws/buckets.ts';
import { ebsDefaults } from '../shared/aws/ebs-defaults.ts';
import { environment } from '../shared/aws/environment.ts';
import { keysOf } from '../shared/aws/keys.ts';
import { parameters } from '../shared/aws/parameters.ts';
import { regionsFrom } from '../shared/aws/regions.ts';
import { roles } from '../shared/aws/roles.ts';
import { checkDistribution } from '../shared/phase/check-distribution.ts';
import { now, perRegion, storeGateways } from '../shared/phase/gateways.ts';
import { checkDistributionInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace, publishingReach } from '../shared/phase/places.ts';
import { preflightPipeline } from '../shared/phase/preflight-pipeline.ts';
import { buildNumbers } from '../shared/store/build-numbers.ts';
import { channels } from '../shared/store/channels.ts';
import { registry } from '../shared/store/registry.ts';

const store = storeGateways();
const gateways = {
  ...store,
  ...registry(store.table),
  ...publishingReach(),
  amis: perPlace(amisOf),
  buckets: perRegion(bucketsFrom),
  channels: channels(store.table),
  buildNumbers: buildNumbers(store.table, now),
  ebsDefaults,
  enter: (account: string) => credentialsIn(account)(),
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  instanceProfileName: environment.instanceProfileName,
  keys: perPlace(keysOf),
  parameters: parameters(),
  region: environment.region,
  regions: perPlace(regionsFrom),
  roles: roles(),
  stackName: environment.stackName,
};

export const handler = phase(checkDistributionInput, async (input) =>
  'image' in input ? await checkDistribution(gateways, input) : await preflightPipeline(gateways, input),
);
