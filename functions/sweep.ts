// The scheduled sweep, which users may also call by hand.
import { credentialsIn } from '../shared/aws/account-credentials.ts';
import { amisOf } from '../shared/aws/amis.ts';
import { commands } from '../shared/aws/commands.ts';
import { environment } from '../shared/aws/environment.ts';
import { exportsOf } from '../shared/aws/exports.ts';
import { instancesOf } from '../shared/aws/instances.ts';
import { taggedIn } from '../shared/aws/tagged.ts';
import { sweepInputSchema } from '../shared/model/sweep-report.ts';
import { channelGateways } from '../shared/phase/channel-gateways.ts';
import { copyingGateways, perRegion } from '../shared/phase/gateways.ts';
import { lookIntoAccounts } from '../shared/phase/look-into-accounts.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace, publishingReach } from '../shared/phase/places.ts';
import { sweep } from '../shared/phase/sweep.ts';
import { buildQueue } from '../shared/store/build-queue.ts';
import { revocations } from '../shared/store/revocations.ts';
import { sweepReports } from '../shared/store/sweep-reports.ts';

const store = copyingGateways();
const gateways = {
  ...channelGateways(),
  ...store,
  ...publishingReach(),
  exports: perRegion(exportsOf),
  instances: perRegion(instancesOf),
  amis: perPlace(amisOf),
  tagged: perPlace(taggedIn),
  commands: commands(),
  queue: buildQueue(store.table),
  reports: sweepReports(store.table),
  revocations: revocations(store.table),
  enter: (account: string) => credentialsIn(account)(),
  region: environment.region,
  accounts: environment.accounts,
  stackId: environment.stackId,
  stackName: environment.stackName,
};

export const handler = phase<typeof sweepInputSchema, unknown>(sweepInputSchema, (input, lambda) =>
  'look' in input ? lookIntoAccounts(gateways, lambda) : sweep(gateways, input, lambda),
);
