// Whether the stack's functions can act in the accounts that images go to: the sweep's function tries its role in each of them, now.
import type { ImageTable } from '../aws/image-table.ts';
import { invoker } from '../aws/invocation.ts';
import { askForAccounts } from '../aws/stack.ts';
import { type Finding, fail, ok } from './finding.ts';
import type { Patient } from './patient.ts';

type Said = Omit<Finding, 'check'>[];

export async function checkTargetAccounts(
  { connection, accounts, outputs }: Pick<Patient, 'connection' | 'accounts' | 'outputs'>,
  table: Pick<ImageTable, 'readAccounts'>,
): Promise<Said> {
  const known = [...accounts, ...(await table.readAccounts())];
  if (known.length === 0) return [ok('Images go to no other account.')];
  const looks = await askForAccounts(invoker(connection), outputs.get('SweepFunctionName') ?? '');
  return looks.flatMap(({ account, regions, problems }) => [
    ...(regions.length > 0
      ? [ok(`Account ${account}: the stack took its role and looked into ${regions.join(', ')}.`)]
      : []),
    ...problems.map((problem) =>
      fail(
        problem.includes(account) ? problem : `Account ${account}: ${problem}`,
        `Is distribution-role.yml of this version in account ${account}, with this stack's id? docs/distribution.md says how.`,
      ),
    ),
  ]);
}
