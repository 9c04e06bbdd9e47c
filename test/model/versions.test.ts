import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatVersion,
  parseVersion,
  parseVersionReference,
  parseVersionSortKey,
  versionSortKey,
  versionSortKeyPrefix,
} from '../../shared/model/versions.ts';

const part = fc.integer({ min: 0, max: 2 ** 30 - 1 });
const version = fc.record({ major: part, minor: part, patch: part });
const build = fc.integer({ min: 1, max: 2 ** 30 - 1 });

describe('versions', () => {
  test.each(['1.2', '1.2.3.4', '01.2.3', 'x.x.x', '1.2.1073741824', '-1.0.0', '1.2.3/4', ''])('%s is none', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  test('are read as they are written', () => {
    fc.assert(
      fc.property(version, (value) => {
        expect(parseVersion(formatVersion(value))).toEqual({ ...value });
      }),
    );
  });
});

describe('references', () => {
  test.each([
    ['x.x.x', {}],
    ['1.x.x', { major: 1 }],
    ['1.2.x', { major: 1, minor: 2 }],
    ['1.2.3', { major: 1, minor: 2, patch: 3 }],
    ['1.2.3/4', { major: 1, minor: 2, patch: 3, build: 4 }],
  ])('%s', (text, reference) => {
    expect(parseVersionReference(text)).toEqual(reference);
  });

  test.each(['x.2.x', 'x.x.1', '1.x.3', '1.2.x/4', '1.2.3/0', '1.2.3/', 'x', '1.2'])(
    '%s is none: x stands for a tail',
    (text) => {
      expect(parseVersionReference(text)).toBeUndefined();
    },
  );
});

describe('sort keys', () => {
  test('have ten digits a number, so that dates fit', () => {
    expect(versionSortKey({ major: 20261123, minor: 0, patch: 1 }, 3)).toBe(
      '0020261123.0000000000.0000000001/0000000003',
    );
  });

  test('stand in the order of versions and builds', () => {
    const list = ({ major, minor, patch }: { major: number; minor: number; patch: number }, number: number) => [
      major,
      minor,
      patch,
      number,
    ];
    const compare = (a: number[], b: number[]) =>
      a.map((value, index) => value - b[index]!).find((difference) => difference !== 0) ?? 0;
    fc.assert(
      fc.property(version, build, version, build, (a, buildA, b, buildB) => {
        const [left, right] = [versionSortKey(a, buildA), versionSortKey(b, buildB)];
        const byText = left < right ? -1 : left > right ? 1 : 0;
        expect(byText).toBe(Math.sign(compare(list(a, buildA), list(b, buildB))));
      }),
    );
  });

  test('begin with the prefix of a reference exactly when the reference allows the version', () => {
    const digit = fc.integer({ min: 0, max: 12 });
    const few = fc.record({ major: digit, minor: digit, patch: digit });
    fc.assert(
      fc.property(few, few, fc.integer({ min: 0, max: 3 }), (wanted, has, length) => {
        const parts = [wanted.major, wanted.minor, wanted.patch].map((value, index) =>
          index < length ? String(value) : 'x',
        );
        const reference = parseVersionReference(parts.join('.'))!;
        const allowed = [wanted.major === has.major, wanted.minor === has.minor, wanted.patch === has.patch]
          .slice(0, length)
          .every(Boolean);
        expect(versionSortKey(has, 1).startsWith(versionSortKeyPrefix(reference))).toBe(allowed);
      }),
    );
  });

  test('are read back', () => {
    fc.assert(
      fc.property(version, build, (value, number) => {
        expect(parseVersionSortKey(versionSortKey(value, number))).toEqual({ version: value, build: number });
      }),
    );
    expect(parseVersionSortKey('1.0.0/3')).toBeUndefined();
  });
});
