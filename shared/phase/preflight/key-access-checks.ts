// Whether the accounts that get copies, or are to launch the AMI, are let in by its keys: of keys of the stack's own account, whose policies can be read.
import { isMade } from '../../build/destinations.ts';
import {
  accountOfKey,
  grantsName,
  keyAccessProblem,
  launchKeyProblem,
  type NamedKey,
  policyNames,
  sourceKeys,
} from '../../build/key-access.ts';
import type { Plan, PlannedDistribution } from '../../build/plan.ts';
import type { Asking, Check } from './check.ts';

/** `own`: the stack's account. No other account's policies of keys can be read from here (KMS API reference, GetKeyPolicy). */
export function keyAccessChecks(asking: Asking, plan: Plan, own: string): Check[] {
  const sources = sourceKeys(plan).filter(({ key }) => accountOfKey(key, own) === own);
  const shutOut = shutOutOf(asking);
  return plan.distributions.flatMap((to) => {
    const { region, accountId: account } = to;
    const named = ownKeyOf(to, own);
    if (!account) return launchChecks(to, own, isMade(to, plan.homeRegion) ? sources : named, shutOut);
    const check = (setting: string, key: NamedKey, use: string): Check => ({
      ...{ region, account, setting: `amiDistributionConfiguration.${setting}` },
      problem: async () =>
        (await shutOut(key, [account])).length > 0 ? keyAccessProblem(key, account, use) : undefined,
    });
    return [
      ...sources.map((key) => check('targetAccountIds', key, 'the AMI that it is to copy is under that key')),
      ...named.map((key) => check('kmsKeyId', key, 'its copy is to be under that key')),
    ];
  });
}

/** The key of a copy, where it is one of the stack's own account. */
const ownKeyOf = ({ region, accountId = '', kmsKeyId: key }: PlannedDistribution, own: string): NamedKey[] =>
  key && accountOfKey(key, accountId || own) === own ? [{ key, region }] : [];

/** Who is shut out sees the AMI and cannot launch it. The build is no worse for it. */
function launchChecks(
  { region, launchPermission }: PlannedDistribution,
  own: string,
  keys: NamedKey[],
  shutOut: ShutOut,
) {
  const accounts = (launchPermission?.userIds ?? []).filter((id) => id !== own);
  if (accounts.length === 0) return [];
  return keys.map(
    (key): Check => ({
      ...{ region, setting: 'amiDistributionConfiguration.launchPermission', warns: true },
      async problem() {
        const out = await shutOut(key, accounts);
        return out.length > 0 ? launchKeyProblem(key, out) : undefined;
      },
    }),
  );
}

type ShutOut = (key: NamedKey, accounts: string[]) => Promise<string[]>;

/** Which accounts neither policy nor grants of a key name; each key is asked once. */
function shutOutOf({ keys }: Asking): ShutOut {
  const asked = new Map<string, Promise<{ arn: string; policy: string }>>();
  const look = async ({ key, region }: NamedKey) => {
    // Policies and grants are asked for by a key's own name; an alias is none.
    const { arn } = await keys(region).find(key);
    return { arn, policy: await keys(region).policyOf(arn) };
  };
  return async (named, accounts) => {
    const name = `${named.region} ${named.key}`;
    const known = asked.get(name) ?? look(named);
    asked.set(name, known);
    const { arn, policy } = await known;
    const unnamed = accounts.filter((account) => !policyNames(policy, account));
    if (unnamed.length === 0) return [];
    const grantees = await keys(named.region).granteesOf(arn);
    return grantees ? unnamed.filter((account) => !grantsName(grantees, account)) : [];
  };
}
