// A channel of the image's name, in all regions at once: moved as `promote` moves it, and committed with the build.
import type { ChannelTarget } from '../../build/target.ts';
import { type ChannelName, moveForBuild, settled } from '../move-channel.ts';
import type { Kind } from './kind.ts';

/** Milliseconds that putting it back may take. */
const longestUndo = 60_000;

/** The channel that the id of a target names: `<image name>/<channel>`. */
export function channelOf({ id }: Pick<ChannelTarget, 'id'>): ChannelName {
  const [name = '', channel = ''] = id.split('/');
  return { name, channel };
}

export const channel: Kind<ChannelTarget> = {
  apply: (reach, target, { image, until }) => {
    const destination = { move: { action: 'publish' as const, image }, amis: target.after.amis, dropRegions: false };
    return moveForBuild(reach, channelOf(target), destination, { until });
  },
  async undo(reach, target, { image, now }) {
    const of = channelOf(target);
    const { pending } = (await reach.channels.read(of.name, of.channel)).state;
    if (pending?.build && pending.move.image === image) await settled(reach, of, { until: now + longestUndo });
  },
  shows: ({ after }) => Object.values(after.amis),
};
