// Which images a lifecycle policy is about, and which of its rules are due for each.
import type { ImageRecord } from '../model/image-record.ts';
import { lifecycleActions } from '../model/lifecycle.ts';
import { addAge, ageText } from '../model/lifecycle-age.ts';
import type { LifecycleDetail, LifecyclePolicy } from '../model/lifecycle-policy-schema.ts';
import { normalisedName } from '../model/names.ts';
import { textOrder } from '../model/text-order.ts';
import { parseVersion, parseVersionReference, versionSortKey, versionSortKeyPrefix } from '../model/versions.ts';

/** A rule that is due for an image, and why. */
export type Due = { detail: LifecycleDetail; because: string };

/** Rules that are due, the mildest first; `otherwise` says why none of the rest is. */
export type Standing = { due: Due[]; otherwise: string };

type Selected = Pick<ImageRecord, 'arn' | 'name' | 'version' | 'dateCreated' | 'state' | 'revoked' | 'distributionOf'>;

/** Statuses of images that are there: only they fill places of COUNT and retainAtLeast, and only they can be retired. */
export const retirable: readonly string[] = ['AVAILABLE', 'DEPRECATED', 'DISABLED'];

const sortKey = ({ version }: Selected): string => {
  const [numbers = '', build] = version.split('/');
  return versionSortKey(parseVersion(numbers)!, Number(build));
};

/** `tags`: those of each of the image's AMIs, which is asked only where the policy selects by tags. */
export function isSelected(
  { resourceSelection: { recipes, tagMap } }: Pick<LifecyclePolicy, 'resourceSelection'>,
  image: Selected,
  tags: () => Record<string, string>[],
): boolean {
  if (tagMap) return tags().some((own) => taggedWith(own, tagMap) !== undefined);
  return (recipes ?? []).some(
    ({ name, semanticVersion }) =>
      normalisedName(name) === normalisedName(image.name) &&
      sortKey(image).startsWith(versionSortKeyPrefix(parseVersionReference(semanticVersion)!)),
  );
}

/** The first tag of `wanted` that is among `own`, as `key=value`. */
export function taggedWith(own: Record<string, string>, wanted: Record<string, string>): string | undefined {
  const found = Object.entries(wanted).find(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
  return found?.join('=');
}

/** How each of the selected images stands to the policy's rules, by ARN. `now`: epoch milliseconds; `isGone`: whether EC2 knows none of its AMIs. */
export function standings<Image extends Selected>(
  policy: LifecyclePolicy,
  selected: Image[],
  now: number,
  isGone: (image: Image) => boolean = () => false,
): Map<string, Standing> {
  const across = policy.retainAcrossVersions;
  const familyOf = ({ name, version }: Selected) =>
    across ? normalisedName(name) : `${normalisedName(name)} ${version.split('/')[0]}`;
  const families = Map.groupBy(
    selected.filter(({ state }) => retirable.includes(state.status)),
    familyOf,
  );
  const details = policy.policyDetails.toSorted(
    (a, b) => lifecycleActions.indexOf(a.action.type) - lifecycleActions.indexOf(b.action.type),
  );
  const standing = new Map<string, Standing>();
  for (const [family, members] of families) {
    const placeOf = places(members, isGone);
    for (const image of members) {
      const judged = details.map((detail) => ({ detail, ...judge(detail, image, placeOf(image), family, now) }));
      standing.set(image.arn, {
        due: judged.flatMap(({ detail, due, because }) => (due ? [{ detail, because }] : [])),
        otherwise: judged
          .filter(({ due }) => !due)
          .map(({ detail, because }) => `${detail.action.type}: ${because}`)
          .join('; '),
      });
    }
  }
  return standing;
}

/**
 * The place of each image of a family, newest first, from 1. What was revoked, or is gone, fills none: else it would stay, and what is
 * to be used in its place would go. What was distributed of another one has that one's: it is no newer image.
 */
function places<Image extends Selected>(members: Image[], isGone: (image: Image) => boolean): (image: Image) => number {
  const byArn = new Map(members.map((image) => [image.arn, image]));
  const sourceOf = (image: Image): Image => {
    const source = image.distributionOf?.from === undefined ? undefined : byArn.get(image.distributionOf.from);
    return source ? sourceOf(source) : image;
  };
  const newestFirst = members
    .filter((image) => sourceOf(image) === image)
    .sort((a, b) => textOrder(b.dateCreated, a.dateCreated) || (sortKey(a) < sortKey(b) ? 1 : -1));
  const found = new Map<Image, number>();
  let place = 1;
  for (const image of newestFirst) {
    found.set(image, place);
    if (!image.revoked && !isGone(image)) place++;
  }
  return (image) => found.get(sourceOf(image))!;
}

function judge(
  { filter: { type, value, unit, retainAtLeast = 0 } }: LifecycleDetail,
  { dateCreated }: Selected,
  place: number,
  family: string,
  now: number,
): { due: boolean; because: string } {
  const rank = `it is number ${place} of ${family}, newest first`;
  if (type === 'COUNT') return { due: place > value, because: `${rank}, and ${value} are kept` };
  const from = addAge(new Date(dateCreated), value, unit!);
  const age = ageText(value, unit!);
  if (from.getTime() > now) return { due: false, because: `it is younger than ${age} until ${from.toISOString()}` };
  if (place <= retainAtLeast) return { due: false, because: `${rank}, and at least ${retainAtLeast} are kept` };
  return { due: true, because: `it is older than ${age}, made on ${dateCreated}` };
}
