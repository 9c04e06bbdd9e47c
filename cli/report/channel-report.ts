// Channels for people: what each has, how that came, and what a revocation has done.
import type { Channel, ChannelMove, Revoked } from '../../shared/model/channel.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';

/** `hello-web/1.0.0/3` */
export const shortImage = (arn: string) => arn.replace(/^.*:image\//, '');

export const channelText = (name: string, channel: string) => `Channel ${channel} of ${name}`;

/** `name`: of the image that was asked for. */
export function channelLines(channels: Channel[], name?: string): string[] {
  if (channels.length === 0)
    return [
      `There are no channels${name === undefined ? '' : ` of ${printable(name)}`} yet: \`./image-builder promote <image> <channel>\` makes one.`,
    ];
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

const nouns = { launchTemplate: 'launch template', ssmParameter: 'SSM parameter' };

const where = ({ region, account }: { region: string; account?: string }) =>
  account === undefined ? region : `${region} of account ${account}`;

export function revocationLines(done: Revoked): string[] {
  const { image, revoked, channels, descendants, pipelines, withdrawals, named = [], elsewhere = [] } = done;
  const lines = [`${shortImage(image)} was revoked at ${revoked.at}: ${printable(revoked.reason)}`];
  for (const { name, channel, image: now } of channels)
    lines.push(`${channelText(name, channel)} ${now ? `is ${shortImage(now)} again` : 'has no image any more'}.`);
  if (descendants.length > 0) lines.push('', 'Images made of it', ...descendants.map((one) => `  ${shortImage(one)}`));
  if (pipelines.length > 0) {
    const effect = {
      fails: 'its next build fails',
      'takes another': 'its next build takes another',
      'may fail': 'its next build fails where the parameter still holds it',
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
  if (named.length > 0) {
    const rows = named.map((one) => [where(one), `${nouns[one.kind]} ${one.id}`, one.ami]);
    lines.push('', 'Set when it was published, and not set back: change what still names it', ...columns(rows, 2));
  }
  if (elsewhere.length > 0) {
    const rows = elsewhere.map((one) => [where(one), one.ami]);
    lines.push('', 'AMIs of other accounts, which may go on launching them', ...columns(rows, 2));
  }
  return lines;
}
