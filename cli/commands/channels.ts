// `channels list` and `channels history`: which image each channel has, and how that came.
import { channelNameSchema } from '../../shared/model/channel.ts';
import { normalisedName } from '../../shared/model/names.ts';
import { CommandError } from '../command-error.ts';
import { processOutput } from '../output.ts';
import { channelLines, historyLines } from '../report/channel-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type ChannelsOptions = StackOptions & { output: 'text' | 'json' };

export async function listChannels(imageName: string | undefined, options: ChannelsOptions): Promise<number> {
  const output = processOutput(options.output);
  const all = await withStack(options, processOutput('json'), ({ stack }) => stack.channels());
  const name = imageName === undefined ? undefined : normalisedName(imageName);
  const channels = all.filter((one) => name === undefined || one.name === name);
  if (options.output === 'json') output.json(channels);
  else channelLines(channels, name).forEach(output.out);
  return 0;
}

export async function channelHistory(imageName: string, channel: string, options: ChannelsOptions): Promise<number> {
  const output = processOutput(options.output);
  const valid = channelNameSchema.safeParse(channel).success;
  const found = await withStack(options, processOutput('json'), async ({ stack }) =>
    valid ? stack.channel(imageName, channel) : undefined,
  );
  if (!found)
    throw new CommandError(
      `There is no channel ${printable(channel)} of ${printable(imageName)}: \`./image-builder channels\` shows those there are, and \`promote\` makes one.`,
      { exitCode: 2 },
    );
  if (options.output === 'json') output.json(found.history);
  else historyLines(found).forEach(output.out);
  return 0;
}
