// Whether the stack's functions can act in the accounts that images go to: the sweep tries each hour, in each of them.
import type { ImageTable } from '../aws/image-table.ts';
import { type Finding, fail, ok } from './finding.ts';

type Said = Omit<Finding, 'check'>[];

export async function checkTargetAccounts(table: ImageTable): Promise<Said> {
  const { regions = [], problems = [], ended } = (await table.readSweepReport()) ?? {};
  const accounts = [...new Set(regions.flatMap((place) => / of account (\d{12})$/.exec(place)?.[1] ?? []))];
  if (accounts.length === 0) return [ok('The sweep knows of no other account that images go to.')];
  return accounts.map((account) => {
    const problem = problems.find((one) => one.includes(` of account ${account}: `));
    if (!problem) return ok(`Account ${account}: the sweep of ${ended} took its role and looked.`);
    return fail(problem, `Deploy distribution-role.yml into account ${account}: docs/distribution.md.`);
  });
}
