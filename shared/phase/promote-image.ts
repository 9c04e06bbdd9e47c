// Puts an image into a channel: the parameter of every region of the image shows it, or none does.
import type * as z from 'zod/mini';
import { ownAmis, unfitness } from '../build/channel.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Promoted, promoteInputSchema } from '../model/channel.ts';
import { normalisedName } from '../model/names.ts';
import { announceChannel, type ChannelAnnouncer } from './announce-channel.ts';
import { type MovingChannels, moveChannel } from './move-channel.ts';
import type { Lambda } from './phase.ts';

export type Promoting = MovingChannels & ChannelAnnouncer & { accountId: string };

/** Idempotent. NotReadyError while another change of the channel is under way: the same call goes well later. */
export async function promoteImage(
  promoting: Promoting,
  { image: arn, channel, dropRegions, by }: z.output<typeof promoteInputSchema>,
  lambda: Lambda,
): Promise<Promoted> {
  const image = await promoting.images.read(arn);
  const problem = unfitness(image);
  if (problem)
    throw new InvalidRequestError(`An image that is promoted must be AVAILABLE and not revoked: ${problem}.`);
  const amis = ownAmis(image, promoting.accountId);
  if (Object.keys(amis).length === 0)
    throw new InvalidRequestError(`${arn} has no AMI in this account, so no channel can show it.`);
  const name = normalisedName(image.name);
  const move = { action: 'promote' as const, image: arn, ...(by !== undefined && { by }) };
  const promoted = await moveChannel(promoting, { name, channel }, { move, amis, dropRegions }, lambda);
  await announceChannel(promoting, await promoting.channels.read(name, channel));
  return promoted;
}
