// What is different between two images, for people.
import { differenceSummary } from '../../shared/software/difference.ts';
import { printable } from '../terminal-text.ts';
import { columns } from './columns.ts';
import type { ImageDifference, Two } from './image-difference.ts';

/** `a → b`; one text where both are the same, `none` where one is not there. */
const change = ({ before = 'none', after = 'none' }: Two<string>) =>
  before === after ? `${printable(before)} (the same)` : `${printable(before)} → ${printable(after)}`;

export function imageDifferenceReport(difference: ImageDifference): string[] {
  const { images, recipe, parentImage, components, packages, tests, amis } = difference;
  const named = ({ name, version, status }: ImageDifference['images']['before']) => `${name} ${version} (${status})`;
  const rows = [
    ['Image', change({ before: named(images.before), after: named(images.after) })],
    ['Recipe', change(recipe)],
    ['System', change({ before: images.before.os ?? 'unknown', after: images.after.os ?? 'unknown' })],
    ['Parent image', change({ before: 'unknown', after: 'unknown', ...parentImage })],
    ['Tests', change(tests)],
  ];
  const lines = columns(rows);
  const list = (title: string, cells: string[][]) => {
    if (cells.length > 0) lines.push('', title, ...columns(cells, 2));
  };
  list(
    'Components',
    components.map(({ name, ...versions }) => [printable(name), change(versions)]),
  );
  if (packages) {
    lines.push('', `Packages: ${differenceSummary(packages)}`);
    const moved = (kind: 'upgraded' | 'downgraded') =>
      packages[kind].map(({ name, arch, ...versions }) => [kind, printable(name), printable(arch), change(versions)]);
    const alone = (kind: 'added' | 'removed') =>
      packages[kind].map(({ name, arch, version }) => [kind, printable(name), printable(arch), printable(version)]);
    const all = [...moved('upgraded'), ...moved('downgraded'), ...alone('added'), ...alone('removed')];
    lines.push(...columns(all, 2));
  }
  list(
    'AMIs',
    amis.map(({ region, accountId, before, after }) => [
      accountId ? `${region} of account ${accountId}` : region,
      change(two(before, after)),
    ]),
  );
  return lines;
}

const two = (before: Ami | undefined, after: Ami | undefined): Two<string> => ({
  ...(before && { before: `${before.image} ${before.name}` }),
  ...(after && { after: `${after.image} ${after.name}` }),
});

type Ami = { image: string; name: string };
