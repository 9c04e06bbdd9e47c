// Semantic versions, references with a tail of `x`, and the sort key that puts versions in order in a table.

export type Version = { major: number; minor: number; patch: number };

/** What a reference asks for: undefined stands for `x`, "the newest". */
export type VersionReference = { major?: number; minor?: number; patch?: number; build?: number };

const largest = 2 ** 30 - 1;
const number = '(0|[1-9][0-9]{0,9})';
const versionPattern = new RegExp(`^${number}\\.${number}\\.${number}$`);
const referencePattern = new RegExp(
  `^(?:x\\.x\\.x|${number}\\.x\\.x|${number}\\.${number}\\.x|${number}\\.${number}\\.${number}(?:/([1-9][0-9]{0,9}))?)$`,
);

/** Reads `1.2.3`; each number 0 … 2^30−1 as in Image Builder. Undefined for anything else. */
export function parseVersion(text: string): Version | undefined {
  const match = versionPattern.exec(text);
  if (!match) return undefined;
  const [major, minor, patch] = match.slice(1).map(Number);
  if (major! > largest || minor! > largest || patch! > largest) return undefined;
  return { major: major!, minor: minor!, patch: patch! };
}

/** Reads `x.x.x`, `1.x.x`, `1.2.x`, `1.2.3` or `1.2.3/4`: `x` replaces the tail only. Undefined for anything else. */
export function parseVersionReference(text: string): VersionReference | undefined {
  const match = referencePattern.exec(text);
  if (!match) return undefined;
  const [numbers, rawBuild] = text.split('/') as [string, string?];
  const [major, minor, patch] = numbers.split('.').map((part) => (part === 'x' ? undefined : Number(part)));
  const build = rawBuild === undefined ? undefined : Number(rawBuild);
  if ([major, minor, patch, build].some((part) => part !== undefined && part > largest)) return undefined;
  return {
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
    ...(patch !== undefined && { patch }),
    ...(build !== undefined && { build }),
  };
}

/** A version to be made: `undefined` stands for the one `x`, "the next number". */
export type NewVersion = { major?: number; minor?: number; patch?: number };

/** Reads `1.2.3`, or a version with exactly one `x` (`1.0.x`, `1.x.0`), as Image Builder takes for new recipes. Undefined for anything else. */
export function parseNewVersion(text: string): NewVersion | undefined {
  const version = parseVersion(text.replace(/(?<![^.])x(?![^.])/, '0'));
  if (!version) return undefined;
  const next = text.split('.').indexOf('x');
  const { major, minor, patch } = version;
  return { ...(next !== 0 && { major }), ...(next !== 1 && { minor }), ...(next !== 2 && { patch }) };
}

export function formatVersion({ major, minor, patch }: Version): string {
  return `${major}.${minor}.${patch}`;
}

/** Sort key of a build version, e.g. `0000000001.0000000000.0000000000/0000000003` for 1.0.0/3: text order is version order. */
export function versionSortKey(version: Version, build: number): string {
  return `${[version.major, version.minor, version.patch].map(padded).join('.')}/${padded(build)}`;
}

/** What the sort keys of all versions that a reference allows begin with; empty for `x.x.x`. */
export function versionSortKeyPrefix({ major, minor, patch, build }: VersionReference): string {
  if (major === undefined) return '';
  if (minor === undefined) return `${padded(major)}.`;
  if (patch === undefined) return `${padded(major)}.${padded(minor)}.`;
  const version = `${padded(major)}.${padded(minor)}.${padded(patch)}/`;
  return build === undefined ? version : version + padded(build);
}

/** The version and build number in a sort key made by versionSortKey. Undefined for other text. */
export function parseVersionSortKey(key: string): { version: Version; build: number } | undefined {
  const match = /^(\d{10})\.(\d{10})\.(\d{10})\/(\d{10})$/.exec(key);
  if (!match) return undefined;
  const [major, minor, patch, build] = match.slice(1).map(Number);
  return { version: { major: major!, minor: minor!, patch: patch! }, build: build! };
}

// Ten digits hold 2^30−1, so that versions made of dates (20261123.0.0) sort too.
function padded(value: number): string {
  return String(value).padStart(10, '0');
}
