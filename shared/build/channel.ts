// What becomes of a channel: decided from its record and from image records.
import type { Channel, ChannelMove, ChannelTarget, PendingMove, RegionalAmis } from '../model/channel.ts';
import type { ImageRecord } from '../model/image-record.ts';

/** Changes that are kept: an item holds 400 KB, a change less than 4. */
export const longestHistory = 50;

/** An image's AMIs in the stack's own account, by region. */
export const ownAmis = ({ outputResources }: Pick<ImageRecord, 'outputResources'>, accountId: string): RegionalAmis =>
  Object.fromEntries(
    outputResources.amis.filter((ami) => ami.accountId === accountId).map(({ region, image }) => [region, image]),
  );

/** Why an image cannot be in a channel; undefined where it can. */
export function unfitness({ arn, state, revoked }: Pick<ImageRecord, 'arn' | 'state' | 'revoked'>): string | undefined {
  if (revoked) return `${arn} was revoked at ${revoked.at}: ${revoked.reason}`;
  return state.status === 'AVAILABLE' ? undefined : `${arn} is ${state.status}, not AVAILABLE`;
}

/** Regions that the channel is in and that the AMIs are not in. */
export const regionsLost = ({ amis }: Pick<Channel, 'amis'>, to: RegionalAmis) =>
  Object.keys(amis)
    .filter((region) => to[region] === undefined)
    .sort();

/** Why an image that is in `regions` cannot be in the channel; undefined where it can. */
export function regionsProblem(state: Channel, regions: string[], image: string): string | undefined {
  const lost = regionsLost(state, Object.fromEntries(regions.map((region) => [region, ''])));
  if (lost.length === 0) return undefined;
  return `The channel ${state.channel} of ${state.name} is in ${lost.join(', ')}, and ${image} is not. Distribute it there first, or promote it with dropRegions (--drop-regions): the channel then has no parameter there any more.`;
}

/** Why a pipeline cannot set a parameter by itself, `channel` being what is kept of the channel of that name; undefined where it can. */
export function channelParameterProblem(
  parameter: string,
  { name, channel, image, history, pending }: Channel,
): string | undefined {
  if (image === undefined && history.length === 0 && !pending) return undefined;
  return `SSM parameter ${parameter} is the one of the channel ${channel} of ${name}, which nothing else may set. Publish to the channel (distributionConfiguration.channel) or promote to it (\`image-builder promote\`), or name another parameter.`;
}

/** One target for each region of the old and of the new image; `present` is what each parameter holds now. */
export function moveTargets(
  { amis }: Pick<Channel, 'amis'>,
  to: RegionalAmis,
  present: (region: string) => string | undefined,
): ChannelTarget[] {
  return [...new Set([...Object.keys(amis), ...Object.keys(to)])].sort().map((region) => {
    const [before, after] = [present(region), to[region]];
    return { region, ...(before !== undefined && { before }), ...(after !== undefined && { after }) };
  });
}

/** The channel after the commit of what was pending. */
export function committed({ pending: _, image: __, ...channel }: Channel, { move, amis }: PendingMove): Channel {
  return {
    ...channel,
    ...(move.image !== undefined && { image: move.image }),
    amis,
    history: [move, ...channel.history].slice(0, longestHistory),
    unannounced: [...(channel.unannounced ?? []), move].slice(-longestHistory),
  };
}

/** The channel without what was pending. */
export function withdrawn({ pending: _, ...channel }: Channel): Channel {
  return channel;
}

/** Images that the channel had before, the one that it had last first, without the present one. */
export function earlierImages({ history, image }: Channel): string[] {
  const images = history.flatMap((move: ChannelMove) => [move.image, move.from]);
  return [...new Set(images)].filter((one) => one !== undefined && one !== image) as string[];
}
