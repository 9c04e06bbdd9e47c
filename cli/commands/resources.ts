// `resources`: everything that carries our tags, in the account and in those that images go to, which image owns it, and what nobody owns.
import type { Ownership } from '../../shared/model/ownership.ts';
import type { AccountLook } from '../../shared/model/sweep-report.ts';
import type { Stack } from '../aws/stack.ts';
import { listResources } from '../aws/tagged-resources.ts';
import { CommandError } from '../command-error.ts';
import { type Output, processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { type OwnedResource, owned } from '../report/ownership.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type ResourcesOptions = StackOptions & { output: 'text' | 'json' };

export async function resources(options: ResourcesOptions): Promise<number> {
  const output = processOutput('json');
  const found = await withStack(options, output, async ({ stack, connection }) => {
    const [own, others] = await Promise.all([listResources(connection), elsewhere(stack)]);
    const tagged = [...own, ...others.flatMap(({ resources }) => resources)];
    const arns = [...new Set(tagged.flatMap(({ image }) => image ?? []))];
    const known = await Promise.all(
      arns.map(async (arn) => {
        const [image, ledger] = await Promise.all([stack.readImage(arn), stack.readLedger(arn)]);
        return [arn, { status: image?.state.status, ledger }] as const;
      }),
    );
    const all = owned(tagged, new Map(known), { stackId: stack.id, now: Date.now() });
    const accounts = others.map(({ resources: _, ...look }) => look);
    return { ...all, ...(accounts.length > 0 && { accounts }) };
  });
  const problems = found.accounts?.flatMap((look) => look.problems) ?? [];
  if (options.output === 'json') {
    output.json(found);
    return problems.length > 0 ? 1 : 0;
  }
  if (found.resources.length === 0)
    output.out(found.accounts ? 'Nothing carries our tags.' : 'Nothing in this account carries our tags.');
  else columns(found.resources.map(row)).forEach(output.out);
  list(output, 'Of builds that have ended; the next sweep releases them', found.orphans, 'leftover');
  list(output, "Bear this stack's tag, and no ledger of it knows them; nothing deletes them", found.orphans, 'orphan');
  if (problems.length === 0) return 0;
  output.out('');
  output.out('Could not be asked, so what is there is not listed:');
  for (const problem of problems) output.out(`  ${printable(problem)}`);
  return 1;
}

type Elsewhere = Omit<AccountLook, 'account'> & { account?: string };

/** What cannot be asked is told: the resources of the stack's own account are listed all the same. */
async function elsewhere(stack: Stack): Promise<Elsewhere[]> {
  try {
    return await stack.lookIntoAccounts();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [{ regions: [], resources: [], problems: [error.message] }];
  }
}

function list(output: Output, title: string, orphans: OwnedResource[], whose: Ownership): void {
  const those = orphans.filter(({ ownership }) => ownership === whose);
  if (those.length === 0) return;
  output.out('');
  output.out(`${title} (${those.length}):`);
  columns(those.map(row), 2).forEach(output.out);
}

const words: Record<Ownership, string> = {
  live: 'owned by a live build',
  published: 'published',
  kept: 'kept',
  leftover: 'to be released',
  orphan: 'orphan',
  foreign: 'of another stack',
};

function row({ kind, id, region, account, state, image, status, ownership }: OwnedResource): string[] {
  const owner = image ? image.replace(/^.*:image\//, '') : 'no image';
  return [
    kind,
    id,
    account ? `${region} of account ${account}` : region,
    state,
    printable(owner),
    status ?? 'no record',
    words[ownership],
  ];
}
