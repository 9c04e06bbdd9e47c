// Whether the accounts that get copies are let in by the keys that the copies need: of keys of the stack's own account, whose policies can be read.
import {
  accountOfKey,
  grantsName,
  keyAccessProblem,
  type NamedKey,
  policyNames,
  sourceKeys,
} from '../../build/key-access.ts';
import type { Plan } from '../../build/plan.ts';
import type { Asking, Check } from './check.ts';

/** `own`: the stack's account. No other account's policies of keys can be read from here (KMS API reference, GetKeyPolicy). */
export function keyAccessChecks(asking: Asking, plan: Plan, own: string): Check[] {
  return plan.distributions.flatMap(({ region, accountId: account, kmsKeyId }) => {
    if (!account) return [];
    const check = (setting: string, named: NamedKey, use: string): Check => ({
      ...{ region, account, setting: `amiDistributionConfiguration.${setting}` },
      problem: async () => ((await letsIn(asking, named, account)) ? undefined : keyAccessProblem(named, account, use)),
    });
    const theirs = kmsKeyId && accountOfKey(kmsKeyId, account) === own;
    return [
      ...sourceKeys(plan)
        .filter(({ key }) => accountOfKey(key, own) === own)
        .map((named) => check('targetAccountIds', named, 'the AMI that it is to copy is under that key')),
      ...(theirs ? [check('kmsKeyId', { key: kmsKeyId, region }, 'its copy is to be under that key')] : []),
    ];
  });
}

async function letsIn({ keys }: Asking, { key, region }: NamedKey, account: string): Promise<boolean> {
  // Policies and grants are asked for by a key's own name; an alias is none.
  const { arn } = await keys(region).find(key);
  if (policyNames(await keys(region).policyOf(arn), account)) return true;
  const grantees = await keys(region).granteesOf(arn);
  return grantees === undefined || grantsName(grantees, account);
}
