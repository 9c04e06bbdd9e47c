// `diff`: what is different between two images: their software, and what they were made of.
import type { ImageRecord } from '../../shared/model/image-record.ts';
import type { Stack } from '../aws/stack.ts';
import { processOutput } from '../output.ts';
import { type ImageSide, imageDifference } from '../report/image-difference.ts';
import { imageDifferenceReport } from '../report/image-difference-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';

export type DiffOptions = StackOptions & { output: 'text' | 'json' };

export async function diff(before: string, after: string, options: DiffOptions): Promise<number> {
  const output = processOutput('json');
  const [one, other] = await withStack(options, output, async ({ stack }) => [
    await side(stack, await findImage(stack, before)),
    await side(stack, await findImage(stack, after)),
  ]);
  const difference = imageDifference(one!, other!);
  for (const note of difference.notes) output.warn(note);
  if (options.output === 'json') output.json(difference);
  else imageDifferenceReport(difference).forEach(output.out);
  return 0;
}

async function side(stack: Pick<Stack, 'readInventory'>, image: ImageRecord): Promise<ImageSide> {
  return { image, inventory: await stack.readInventory(image.arn) };
}
