// Tells the stack's event bus what became of channels and images: pipelines and people that follow them hear it.
import type { Notice, Notices } from '../aws/notices.ts';
import { type Channel, type ChannelMove, channelParameter } from '../model/channel.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { channelChange } from '../model/start-build.ts';
import type { Channels, KeptChannel } from '../store/channels.ts';
import type { Images } from '../store/images.ts';

export type ChannelAnnouncer = {
  channels: Channels;
  images: Pick<Images, 'noteRevocation'>;
  notices: Notices;
  now(): number;
};

export const imageRevoked = 'Image Revoked';

function noticeOf({ name, channel, image, amis }: Channel, move: ChannelMove): Notice {
  const { at, action, from, by, reason } = move;
  return {
    detailType: channelChange,
    resources: move.image === undefined ? [] : [move.image],
    detail: {
      ...{ name, channel, parameter: channelParameter(name, channel), action, at },
      ...(move.image !== undefined && { image: move.image }),
      ...(from !== undefined && { 'previous-image': from }),
      ...(move.image === image && { amis: Object.entries(amis).map(([region, id]) => ({ region, image: id })) }),
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
    },
  };
}

/** Tells what was not told yet; a crash between event and write repeats the event, never loses it. */
export async function announceChannel(announcer: ChannelAnnouncer, kept: KeptChannel): Promise<void> {
  const { unannounced = [], ...state } = kept.state;
  if (unannounced.length === 0) return;
  for (const move of unannounced) await announcer.notices.putEvent(noticeOf(state, move));
  // Refused where the channel has been moved again: whoever did that tells it, and this once more.
  await announcer.channels.write(kept, state, new Date(announcer.now()).toISOString());
}

export async function announceRevocation(announcer: ChannelAnnouncer, image: ImageRecord): Promise<void> {
  const { revoked, arn, name, version } = image;
  if (!revoked || revoked.announced) return;
  const { at, reason, by } = revoked;
  await announcer.notices.putEvent({
    detailType: imageRevoked,
    resources: [arn],
    detail: { name, version, at, reason, ...(by !== undefined && { by }), amis: image.outputResources.amis },
  });
  await announcer.images.noteRevocation(arn, { announced: true });
}
