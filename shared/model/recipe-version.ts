// The version that a recipe is registered under: by its content, so that registering never fails over a version that is taken.
import { formatVersion, type NewVersion, parseNewVersion, parseVersion, type Version } from './versions.ts';

export type KnownVersion = {
  version: Version;
  /** What its author asked for: `1.0.0`, `1.0.x`. */
  asked: string;
  hash: string;
};

export type RecipeVersion = { version: string; change: 'created' | 'new version' | 'unchanged'; reason?: string };

/**
 * The version for content of this hash, `asked` for as `1.2.3` or with one `x`. The same content as last time is the
 * same version. Other content is the next number in the place of the `x`; under a concrete version that is taken, the
 * next patch. `known` are all versions of the recipe.
 */
export function recipeVersion(asked: string, known: KnownVersion[], hash: string): RecipeVersion {
  const wanted = parseNewVersion(asked)!;
  const concrete = parseVersion(asked);
  // A concrete version goes on in patches of its own: another file of the folder may hold another version of the line.
  const line = concrete
    ? known.filter((one) => one.asked === asked || isVersion(one.version, concrete))
    : known.filter(({ version }) => fits(version, wanted));
  const newest = line.toSorted((a, b) => order(a.version, b.version)).at(-1);
  if (newest?.hash === hash) return { version: formatVersion(newest.version), change: 'unchanged' };
  const change = known.length > 0 ? 'new version' : 'created';
  if (concrete && !newest) return { version: asked, change };
  const version = next(concrete ? { major: concrete.major, minor: concrete.minor } : wanted, known);
  return { version, change, ...(concrete && { reason: `${asked} holds other content` }) };
}

function next(wanted: NewVersion, known: KnownVersion[]): string {
  const places = ['major', 'minor', 'patch'] as const;
  const place = places.find((one) => wanted[one] === undefined)!;
  const before = places.slice(0, places.indexOf(place));
  const taken = known.flatMap(({ version }) =>
    before.every((one) => version[one] === wanted[one]) ? [version[place]] : [],
  );
  const number = taken.length > 0 ? Math.max(...taken) + 1 : 0;
  return formatVersion({ major: 0, minor: 0, patch: 0, ...wanted, [place]: number });
}

const fits = (version: Version, { major, minor, patch }: NewVersion) =>
  [
    [major, version.major],
    [minor, version.minor],
    [patch, version.patch],
  ].every(([asked, own]) => asked === undefined || asked === own);

const order = (a: Version, b: Version) => a.major - b.major || a.minor - b.minor || a.patch - b.patch;

const isVersion = (a: Version, b: Version) => order(a, b) === 0;
