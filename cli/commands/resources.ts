// `resources`: everything in the account that carries our tags, which image owns it, and what nobody owns.
import type { Ownership } from '../../shared/model/ownership.ts';
import { listResources } from '../aws/tagged-resources.ts';
import { type Output, processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { type OwnedResource, owned } from '../report/ownership.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type ResourcesOptions = StackOptions & { output: 'text' | 'json' };

export async function resources(options: ResourcesOptions): Promise<number> {
  const output = processOutput('json');
  const found = await withStack(options, output, async ({ stack, connection }) => {
    const tagged = await listResources(connection);
    const arns = [...new Set(tagged.flatMap(({ image }) => image ?? []))];
    const known = await Promise.all(
      arns.map(async (arn) => {
        const [image, ledger] = await Promise.all([stack.readImage(arn), stack.readLedger(arn)]);
        return [arn, { status: image?.state.status, ledger }] as const;
      }),
    );
    return owned(tagged, new Map(known), { stackId: stack.id, now: Date.now() });
  });
  if (options.output === 'json') {
    output.json(found);
    return 0;
  }
  if (found.resources.length === 0) output.out('Nothing in this account carries our tags.');
  else columns(found.resources.map(row)).forEach(output.out);
  list(output, 'Of builds that have ended; the next sweep releases them', found.orphans, 'leftover');
  list(output, "Bear this stack's tag, and no ledger of it knows them; nothing deletes them", found.orphans, 'orphan');
  return 0;
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

function row({ kind, id, region, state, image, status, ownership }: OwnedResource): string[] {
  const owner = image ? image.replace(/^.*:image\//, '') : 'no image';
  return [kind, id, region, state, printable(owner), status ?? 'no record', words[ownership]];
}
