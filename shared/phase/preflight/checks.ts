// Every check that a plan needs, in the order of its distributions.
import type { Plan } from '../../build/plan.ts';
import { parseArn } from '../../model/arns.ts';
import type { Asking, Check } from './check.ts';
import { accountChecks, amiChecks, regionChecks, sourceKeyChecks } from './destination-checks.ts';
import { keyAccessChecks } from './key-access-checks.ts';
import { channelCheck, targetChecks } from './target-checks.ts';

/** `dateCreated`: of the image, ISO 8601. Not one where nothing is set that could fail: `needsChecks` says so beforehand. */
export function checksOf(asking: Asking, plan: Plan, dateCreated: string): Check[] {
  const own = parseArn(plan.image)!.accountId;
  const amis = amiChecks(asking, plan, dateCreated);
  const targets = targetChecks(asking, plan, own);
  const copies = plan.distributions.map(({ region, accountId }) => ({
    ...{ region, setting: 'amiDistributionConfiguration.targetAccountIds' },
    ...(accountId && { account: accountId }),
  }));
  const places = [...copies, ...targets];
  return [
    ...accountChecks(asking, places),
    ...regionChecks(asking, plan.homeRegion, places),
    ...sourceKeyChecks(asking, plan),
    ...[...amis, ...keyAccessChecks(asking, plan, own), ...targets],
    ...(plan.channel === undefined ? [] : [channelCheck(asking, plan, plan.channel)]),
  ];
}
