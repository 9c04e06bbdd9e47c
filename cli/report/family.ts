// The family of an image: its parents up to the first that was not built here, and everything that was built on it.
import type { Ancestry } from '../../shared/model/ancestry.ts';
import type { Revocation } from '../../shared/model/channel.ts';
import type { ListedImage } from '../../shared/model/image-record.ts';
import { textOrder } from '../../shared/model/text-order.ts';

export type Relative = {
  arn: string;
  status: string;
  dateCreated: string;
  ancestry?: Ancestry;
  revoked?: Revocation;
};

export type Descendant = Relative & { children: Descendant[] };

export type Family = {
  /** From the image itself to its oldest ancestor that was built here. */
  line: Relative[];
  /** Where the line ends: an AMI that is not of this stack; absent for images that were built before ancestry was kept. */
  origin?: { id: string; reference?: string };
  children: Descendant[];
};

const relative = ({ arn, state, dateCreated, ancestry, revoked }: ListedImage): Relative => ({
  ...{ arn, status: state.status, dateCreated },
  ...(ancestry && { ancestry }),
  ...(revoked && { revoked }),
});

/** `all` are the images of the stack, in any order. */
export function familyOf(image: ListedImage, all: ListedImage[]): Family {
  const byArn = new Map(all.map((one) => [one.arn, one]));
  const line: ListedImage[] = [];
  let parent: ListedImage | undefined = image;
  while (parent && !line.includes(parent)) {
    line.push(parent);
    parent = byArn.get(parent.ancestry?.parentImage.arn ?? '');
  }
  const origin = line.at(-1)?.ancestry?.parentImage;
  return {
    line: line.map(relative),
    ...(origin && { origin: { id: origin.id, ...(origin.reference && { reference: origin.reference }) } }),
    children: childrenOf(image.arn, all, [image.arn]),
  };
}

function childrenOf(arn: string, all: ListedImage[], seen: string[]): Descendant[] {
  return all
    .filter((one) => one.ancestry?.parentImage.arn === arn && !seen.includes(one.arn))
    .sort((a, b) => textOrder(a.dateCreated, b.dateCreated))
    .map((one) => ({ ...relative(one), children: childrenOf(one.arn, all, [...seen, one.arn]) }));
}

const short = (arn: string) => arn.replace(/^.*:image\//, '');

const told = ({ arn, status, dateCreated, revoked }: Relative) =>
  `${short(arn)}  ${status}${revoked ? ' (revoked)' : ''}  ${dateCreated}`;

/** Oldest first, each on the line below what it was made of. */
export function familyLines({ line, origin, children }: Family): string[] {
  const [image] = line;
  const lines = origin ? [origin.reference ? `${origin.id}  (${origin.reference})` : origin.id] : [];
  for (const one of line.toReversed())
    lines.push(`${'  '.repeat(lines.length)}${told(one)}${one === image ? '  <' : ''}`);
  const depth = lines.length;
  const add = (descendants: Descendant[], level: number) => {
    for (const one of descendants) {
      lines.push(`${'  '.repeat(level)}${told(one)}`);
      add(one.children, level + 1);
    }
  };
  add(children, depth);
  const { components = [], recipe } = image?.ancestry ?? {};
  if (recipe) lines.push('', `Recipe ${recipe}`);
  if (components.length > 0)
    lines.push('Components', ...components.map(({ name, version, build }) => `  ${name}/${version}/${build}`));
  return lines;
}
