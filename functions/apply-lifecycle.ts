// Retires images: by the schedules of lifecycle policies, by the daily rule, and by hand.
import { amiUses } from '../shared/aws/ami-uses.ts';
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import { retiringAmis } from '../shared/aws/retiring-amis.ts';
import { lifecycleRequestSchema } from '../shared/model/lifecycle.ts';
import { applyLifecycle } from '../shared/phase/apply-lifecycle.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace } from '../shared/phase/places.ts';
import { channelUses } from '../shared/store/channel-uses.ts';
import { lifecyclePolicies } from '../shared/store/lifecycle-policies.ts';
import { lifecycleRuns } from '../shared/store/lifecycle-runs.ts';
import { retirements } from '../shared/store/retirements.ts';

const { table, images, ledgers, metrics, now } = storeGateways();
const gateways = {
  ...{ images, ledgers, metrics, now },
  policies: lifecyclePolicies(table),
  runs: lifecycleRuns(table, now),
  channelsOf: channelUses(table),
  retirements: retirements(table),
  retiring: perPlace(retiringAmis),
  uses: perPlace(amiUses),
  notices: notices(environment.eventBusName),
  accountId: environment.accountId,
  stackId: environment.stackId,
};

export const handler = phase(lifecycleRequestSchema, (input, lambda) => applyLifecycle(gateways, input, lambda));
