// What the stack has in other accounts, asked now: whether its role is to be had there, and what carries the stack's tag. Touches nothing.

import { atOnce } from '../at-once.ts';
import type { Tagged } from '../aws/tagged.ts';
import { type AccountLook, longestLook } from '../model/sweep-report.ts';
import type { Place, Plans } from '../store/plans.ts';
import type { Lambda } from './phase.ts';

export type LookingIntoAccounts = {
  /** Takes the role in an account; throws where it is not to be had. */
  enter(account: string): Promise<unknown>;
  tagged(region: string, accountId?: string): Tagged;
  plans: Pick<Plans, 'places'>;
  region: string;
  /** The accounts beside its own that images may go to. */
  accounts: string[];
  stackId: string;
  now(): number;
};

/** Milliseconds that one region may take at the end. */
const margin = 30_000;
/** Accounts, and regions of each, that are looked into at once. */
const together = 4;

/** Every account that images may go to, or ever went to, in the regions where anything may be. What fails in one keeps none of the others. */
export async function lookIntoAccounts(looking: LookingIntoAccounts, { until }: Lambda): Promise<AccountLook[]> {
  const places = await looking.plans.places();
  const went = places.flatMap(({ accountId }) => accountId ?? []);
  const looks = [...new Set([...looking.accounts, ...went])].sort().map((account): AccountLook => {
    const known = places.flatMap(({ region, accountId }: Place) => (accountId === account ? [region] : []));
    return { account, regions: [...new Set([looking.region, ...known])].sort(), resources: [], problems: [] };
  });
  await atOnce(together, looks, (look) => into(looking, look, until));
  let left = longestLook;
  for (const look of looks) {
    const beyond = look.resources.splice(left).length;
    left -= look.resources.length;
    if (beyond > 0) look.problems.push(`${beyond} more resources of account ${look.account} are not listed.`);
  }
  return looks;
}

async function into({ enter, tagged, stackId, now }: LookingIntoAccounts, look: AccountLook, until: number) {
  const { account, resources, problems } = look;
  const asked = look.regions;
  look.regions = [];
  try {
    await enter(account);
  } catch (error) {
    problems.push((error as Error).message);
    return;
  }
  await atOnce(together, asked, async (region) => {
    if (now() + margin > until) {
      problems.push(`The time was up before ${region} of account ${account} was looked into.`);
      return;
    }
    try {
      const found = await tagged(region, account).of(stackId);
      look.regions.push(region);
      resources.push(...found.map((one) => ({ ...one, account })));
    } catch (error) {
      const { message } = error as Error;
      problems.push(message.includes(account) ? message : `${region} of account ${account}: ${message}`);
    }
  });
  look.regions.sort();
}
