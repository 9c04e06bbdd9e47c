// `images ancestry`: what an image was made of, parent by parent, and what was made of it.
import { processOutput } from '../output.ts';
import { familyLines, familyOf } from '../report/family.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';

export async function showAncestry(
  reference: string,
  options: StackOptions & { output: 'text' | 'json' },
): Promise<number> {
  const output = processOutput(options.output);
  const family = await withStack(options, processOutput('json'), async ({ stack }) => {
    const image = await findImage(stack, reference);
    const all = [];
    for await (const one of stack.newestImages()) all.push(one);
    return familyOf(image, all);
  });
  if (options.output === 'json') output.json(family);
  else familyLines(family).forEach(output.out);
  return 0;
}
