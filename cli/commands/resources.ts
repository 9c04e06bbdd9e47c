// `resources`: everything in the account that carries our tags, which image owns it, and what nobody owns.
import { listResources } from '../aws/tagged-resources.ts';
import { processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { type OwnedResource, owned } from '../report/ownership.ts';
import { type StackOptions, withStack } from '../session.ts';

export type ResourcesOptions = StackOptions & { output: 'text' | 'json' };

export async function resources(options: ResourcesOptions): Promise<number> {
  const output = processOutput('json');
  const found = await withStack(options, output, async ({ stack, connection }) => {
    const tagged = await listResources(connection);
    const arns = [...new Set(tagged.flatMap(({ image }) => image ?? []))];
    const images = await Promise.all(
      arns.map(async (arn) => [arn, (await stack.readImage(arn))?.state.status] as const),
    );
    return owned(tagged, new Map(images));
  });
  if (options.output === 'json') {
    output.json(found);
    return 0;
  }
  if (found.resources.length === 0) output.out('Nothing in this account carries our tags.');
  else columns(found.resources.map(row)).forEach(output.out);
  if (found.orphans.length > 0) {
    output.out('');
    output.out(`Owned by no live or available image (${found.orphans.length}):`);
    columns(found.orphans.map(row), 2).forEach(output.out);
  }
  return 0;
}

function row({ kind, id, region, state, image, status }: OwnedResource): string[] {
  const owner = image ? image.replace(/^.*:image\//, '') : 'no image';
  return [kind, id, region, state, owner, status ?? 'no record'];
}
