// Channels for people: what each has, how that came, and what a revocation has done.
import type { Channel, ChannelMove, Revoked } from '../../shared/model/channel.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

/** `hello-web/1.0.0/3` */
export const shortImage = (arn: string) => arn.replace(/^.*:image\//, '');

export const channelText = (name: string, channel: string) => `Channel ${channel} of ${name}`;

export function channelLines(channels: Channel[]): string[] {
  if (channels.length === 0)
    return ['There are no channels yet: `./image-builder promote <image> <channel>` makes one.'];
  const rows = channels.map(({ name, channel, image, amis, history, pending }) => [
    `${name}/${channel}`,
    image ? shortImage(image) : 'no image',
    history[0] ? `since ${history[0].at}` : '',
    Object.keys(amis).join(', ') +
      (pending ? ` (being moved to ${movedTo(pending.move)} since ${pending.move.at})` : ''),
  ]);
  return columns(rows);
}

const movedTo = ({ image }: ChannelMove) => (image ? shortImage(image) : 'no image');

const verbs = { promote: 'promoted', publish: 'published', revoke: 'moved back' };

/** Newest first. */
export function historyLines({ history }: Channel): string[] {
  if (history.length === 0) return ['It never had an image.'];
  return columns(
    history.map((move) => [
      move.at,
      verbs[move.action],
      movedTo(move),
      move.from ? `from ${shortImage(move.from)}` : '',
      [move.by && `by ${printable(move.by)}`, move.reason && printable(move.reason)].filter(Boolean).join(': '),
    ]),
  );
}

export function revocationLines({ image, revoked, channels, descendants, pipelines, withdrawals }: Revoked): string[] {
  const lines = [`${shortImage(image)} was revoked at ${revoked.at}: ${printable(revoked.reason)}`];
  for (const { name, channel, image: now } of channels)
    lines.push(`${channelText(name, channel)} ${now ? `is ${shortImage(now)} again` : 'has no image any more'}.`);
  if (descendants.length > 0) lines.push('', 'Images made of it', ...descendants.map((one) => `  ${shortImage(one)}`));
  if (pipelines.length > 0) {
    const effect = {
      fails: 'its next build fails',
      'takes another': 'its next build takes another',
    };
    const rows = pipelines.map((one) => [one.name, printable(one.parentImage), effect[one.effect]]);
    lines.push('', 'Pipelines that build on it', ...columns(rows, 2));
  }
  if (withdrawals) {
    const rows = withdrawals.map(({ region, ami, withdrawn, left }) => [
      region,
      ami,
      withdrawn.length > 0 ? `withdrawn: ${withdrawn.map(printable).join(', ')}` : 'nothing of ours to withdraw',
      left.length > 0 ? `left, as publishing did not give it: ${left.map(printable).join(', ')}` : '',
    ]);
    lines.push('', 'Launch permissions', ...columns(rows, 2));
  }
  return lines;
}
