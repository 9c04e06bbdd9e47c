// Takes channels away from a revoked image: each goes back to the image it had last that may still be used, or has none.
import { earlierImages, ownAmis, unfitness } from '../build/channel.ts';
import type { KeptChannel } from '../store/channels.ts';
import { announceChannel } from './announce-channel.ts';
import { type ChannelName, type Destination, moveChannel, settled } from './move-channel.ts';
import type { Lambda } from './phase.ts';
import type { Promoting } from './promote-image.ts';

/** Settles a channel and, where its image was revoked, moves it back; answers whether it did, and the channel as it stands. */
export async function leaveRevoked(
  promoting: Promoting,
  of: ChannelName,
  lambda: Lambda,
): Promise<{ left: boolean; kept: KeptChannel }> {
  const kept = await settled(promoting, of, lambda);
  const revoked = kept.state.image === undefined ? undefined : await promoting.images.find(kept.state.image);
  const leaves = revoked?.revoked !== undefined;
  if (leaves) {
    const { reason, by } = revoked.revoked!;
    const to = await backTo(promoting, kept);
    const move = { action: 'revoke' as const, reason, ...(by !== undefined && { by }) };
    await moveChannel(promoting, of, { ...to, move: { ...move, ...to.move }, dropRegions: true }, lambda);
  }
  const after = await promoting.channels.read(of.name, of.channel);
  await announceChannel(promoting, after);
  return { left: leaves, kept: after };
}

/** The image that the channel had last and whose AMIs are all there; without one, nothing. */
async function backTo(
  promoting: Promoting,
  { state }: KeptChannel,
): Promise<Pick<Destination, 'amis'> & { move: { image?: string } }> {
  for (const arn of earlierImages(state)) {
    const image = await promoting.images.find(arn);
    if (!image || unfitness(image)) continue;
    const amis = ownAmis(image, promoting.accountId);
    const all = Object.entries(amis);
    const states = await Promise.all(all.map(async ([region, id]) => (await promoting.amis(region).find(id))?.state));
    if (all.length > 0 && states.every((one) => one === 'available')) return { move: { image: arn }, amis };
  }
  return { move: {}, amis: {} };
}
