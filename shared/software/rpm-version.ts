// Orders versions of RPM packages as rpm does: epoch, version, release, each in segments (rpm's manual page rpm-version).
import { compareNumbers } from './debian-version.ts';

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`: `2:1.2~rc1-3.el9`; no epoch counts as 0. */
export function compareRpmVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareSegments(left.version, right.version) ||
    compareSegments(left.release, right.release)
  );
}

function parse(text: string): { epoch: string; version: string; release: string } {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text)!;
  const dash = rest.lastIndexOf('-');
  return {
    epoch,
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** One version or release by itself. A tilde is older than the end of the text, a caret newer than the end but older than a further segment. */
export function compareSegments(a: string, b: string): number {
  const [left, right] = [segments(a), segments(b)];
  for (let index = 0; ; index++) {
    const [one, two] = [left[index], right[index]];
    if (one === undefined && two === undefined) return 0;
    const difference = rank(one) - rank(two) || compareSame(one!, two!);
    if (difference !== 0) return difference;
  }
}

const segments = (text: string) => text.match(/\d+|[A-Za-z]+|~|\^/g) ?? [];

function rank(segment: string | undefined): number {
  if (segment === '~') return 0;
  if (segment === undefined) return 1;
  if (segment === '^') return 2;
  return /^\d/.test(segment) ? 4 : 3;
}

function compareSame(one: string, two: string): number {
  if (/^\d/.test(one)) return compareNumbers(one, two);
  return one < two ? -1 : Number(one > two);
}
