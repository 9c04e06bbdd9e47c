// `images list` and `images show`: the images that builds have made or tried to make.

import { amiPlace } from '../../shared/model/ami-place.ts';
import { processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { imageJson } from '../report/image-json.ts';
import { imageReport } from '../report/image-report.ts';
import { imageCommand, type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';

export type ImagesOptions = StackOptions & { output: 'text' | 'json' };

export async function listImages({ limit, ...options }: ImagesOptions & { limit: number }): Promise<number> {
  const output = processOutput('json');
  const { newest: images, whole } = await withStack(options, output, async ({ stack }) => {
    const newest = [];
    for await (const image of stack.newestImages()) {
      newest.push(image);
      if (newest.length >= limit) break;
    }
    // Lists hold no timelines: who wants whole records has each of them read.
    const whole = options.output === 'json' ? await Promise.all(newest.map(({ arn }) => stack.readImage(arn))) : [];
    return { newest, whole };
  });
  if (options.output === 'json') output.json(whole.flatMap((image) => (image ? [imageJson(image)] : [])));
  else if (images.length === 0) output.out('There are no images yet.');
  else {
    const rows = images.map((image) => [
      image.dateCreated,
      `${printable(image.name)}/${image.version}`,
      image.revoked ? `${image.state.status} (revoked)` : image.state.status,
      image.outputResources.amis.map((ami) => `${amiPlace(image, ami)} ${ami.image}`).join(', '),
    ]);
    columns(rows).forEach(output.out);
  }
  return 0;
}

export async function showImage(reference: string, options: ImagesOptions): Promise<number> {
  const output = processOutput('json');
  const image = await withStack(options, output, ({ stack }) => findImage(stack, reference));
  if (options.output === 'json') output.json(imageJson(image));
  else
    imageReport(image, { logsCommand: imageCommand('logs', image.arn, options), now: Date.now() }).forEach(output.out);
  return 0;
}
