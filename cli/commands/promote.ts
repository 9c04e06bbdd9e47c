// `promote`: puts an image into a channel.
import type { Promoted } from '../../shared/model/channel.ts';
import { callerArn } from '../aws/caller.ts';
import { processOutput } from '../output.ts';
import { channelText, shortImage } from '../report/channel-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';
import { patiently } from './patiently.ts';

export type PromoteOptions = StackOptions & { output: 'text' | 'json'; dropRegions?: boolean };

/** Exit code 0 once every region shows the image. */
export async function promote(reference: string, channel: string, options: PromoteOptions): Promise<number> {
  const output = processOutput(options.output);
  const promoted = await withStack(options, processOutput('json'), async ({ stack, connection }): Promise<Promoted> => {
    const { arn } = await findImage(stack, reference);
    const by = await callerArn(connection);
    const dropRegions = options.dropRegions ?? false;
    return patiently(processOutput('json').say, () =>
      stack.promoteImage({ image: arn, channel, dropRegions, ...(by && { by }) }),
    );
  });
  if (options.output === 'json') output.json(promoted);
  else {
    const { name, image, amis } = promoted.channel;
    const where = Object.keys(amis).join(', ');
    output.out(
      `${channelText(name, channel)} ${promoted.changed ? 'is' : 'was already'} ${shortImage(image!)} in ${where}.`,
    );
    if (promoted.dropped.length > 0) output.out(`It is no longer in ${promoted.dropped.join(', ')}.`);
  }
  return 0;
}
