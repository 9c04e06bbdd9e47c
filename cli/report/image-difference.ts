// What is different between two images, as a value for programs.

import { amiPlace, otherAccount } from '../../shared/model/ami-place.ts';
import type { Ancestry } from '../../shared/model/ancestry.ts';
import type { ImageRecord, OutputAmi } from '../../shared/model/image-record.ts';
import { type SoftwareDifference, softwareDifference } from '../../shared/software/difference.ts';
import type { Inventory } from '../../shared/software/inventory.ts';

export type ImageSide = { image: ImageRecord; inventory: Inventory | undefined };

/** `before` or `after` is absent where it is not known, or not there. */
export type Two<Value> = { before?: Value; after?: Value };

type Summary = { arn: string; name: string; version: string; status: string; os?: string };

export type ImageDifference = {
  images: Required<Two<Summary>>;
  recipe: Two<string>;
  parentImage: Two<string>;
  /** Those that are not in both at the same version and build. */
  components: (Two<string> & { name: string })[];
  /** Absent where one of the images has no inventory. */
  packages?: SoftwareDifference;
  tests: Two<string>;
  /** By region and account; `accountId` is absent for the stack's own. */
  amis: (Two<Pick<OutputAmi, 'image' | 'name'>> & AmiKey)[];
  /** What could not be compared. */
  notes: string[];
};

const two = <Value>(before: Value | undefined, after: Value | undefined): Two<Value> => ({
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

const summary = ({ image, inventory }: ImageSide): Summary => ({
  ...{ arn: image.arn, name: image.name, version: image.version, status: image.state.status },
  ...(inventory?.os && { os: inventory.os }),
});

const testsOf = ({ image: { tests } }: ImageSide) => tests && `${tests.passed} of ${tests.total} passed`;

const components = (ancestry: Ancestry | undefined) =>
  new Map(ancestry?.components.map(({ name, version, build }) => [name, `${version}/${build}`]));

type AmiKey = { region: string; accountId?: string };

const amis = ({ image }: ImageSide) =>
  new Map(
    image.outputResources.amis.map(({ image: id, name, ...ami }) => {
      const accountId = otherAccount(image, ami);
      return [
        amiPlace(image, ami),
        { key: { region: ami.region, ...(accountId && { accountId }) }, ami: { image: id, name } },
      ];
    }),
  );

/** The keys of both, in order. */
const keysOf = (...maps: Map<string, unknown>[]) => [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();

const recipeOf = ({ name, version }: ImageRecord) => `${name}/${version.split('/')[0]}`;

/** Any two images; a package is the same by manager, name and architecture. */
export function imageDifference(before: ImageSide, after: ImageSide): ImageDifference {
  const [one, other] = [before.image.ancestry, after.image.ancestry];
  const [componentsBefore, componentsAfter] = [components(one), components(other)];
  const [amisBefore, amisAfter] = [amis(before), amis(after)];
  return {
    images: { before: summary(before), after: summary(after) },
    recipe: two(recipeOf(before.image), recipeOf(after.image)),
    parentImage: two(one?.parentImage.arn ?? one?.parentImage.id, other?.parentImage.arn ?? other?.parentImage.id),
    components: keysOf(componentsBefore, componentsAfter)
      .map((name) => ({ name, ...two(componentsBefore.get(name), componentsAfter.get(name)) }))
      .filter((change) => change.before !== change.after),
    ...(before.inventory && after.inventory && { packages: softwareDifference(before.inventory, after.inventory) }),
    tests: two(testsOf(before), testsOf(after)),
    amis: keysOf(amisBefore, amisAfter).map((place) => {
      const [one, other] = [amisBefore.get(place), amisAfter.get(place)];
      return { ...(one ?? other)!.key, ...two(one?.ami, other?.ami) };
    }),
    notes: [...new Set([before, after].flatMap(notesOf))],
  };
}

function notesOf({ image, inventory }: ImageSide): string[] {
  const notes: string[] = [];
  if (!inventory) notes.push(`${image.arn} has no software inventory: packages are not compared.`);
  else if (inventory.partial)
    notes.push(`The inventory of ${image.arn} is partial: packages may seem added or removed that are not.`);
  if (!image.ancestry)
    notes.push(`What ${image.arn} was made of is not known: parent image and components are not compared.`);
  return notes;
}
