import { describe, expect, test } from 'vitest';
import { type KnownVersion, recipeVersion } from '../../shared/model/recipe-version.ts';
import { formatVersion, parseNewVersion, parseVersion } from '../../shared/model/versions.ts';

/** Registers one after the other; what each got. */
function register(...steps: [asked: string, hash: string][]): string[] {
  const known: KnownVersion[] = [];
  return steps.map(([asked, hash]) => {
    const { version, change, reason } = recipeVersion(asked, known, hash);
    if (change !== 'unchanged') {
      expect(known.map((one) => formatVersion(one.version))).not.toContain(version);
      known.push({ version: parseVersion(version)!, asked, hash });
    }
    return [version, change, reason].filter(Boolean).join(', ');
  });
}

describe('a concrete version', () => {
  test('is what was asked for, and the same again is unchanged', () => {
    expect(register(['1.0.0', 'a'], ['1.0.0', 'a'])).toEqual(['1.0.0, created', '1.0.0, unchanged']);
  });
  test('that is taken becomes the next patch, and the file need not be changed', () => {
    expect(register(['1.0.0', 'a'], ['1.0.0', 'b'], ['1.0.0', 'b'], ['1.0.0', 'c'])).toEqual([
      '1.0.0, created',
      '1.0.1, new version, 1.0.0 holds other content',
      '1.0.1, unchanged',
      '1.0.2, new version, 1.0.0 holds other content',
    ]);
  });
  test('taken back to what it was is a further version: 1.0.x must mean what the file says', () => {
    expect(register(['1.0.0', 'a'], ['1.0.0', 'b'], ['1.0.0', 'a']).at(-1)).toBe(
      '1.0.2, new version, 1.0.0 holds other content',
    );
  });
  test('has a line of its own: two files with two versions do not push each other on', () => {
    const files: [string, string][] = [
      ['1.0.0', 'a'],
      ['1.0.1', 'b'],
    ];
    expect(register(...files, ...files, ['1.0.0', 'c'], ['1.0.1', 'b'], ['1.0.0', 'c'])).toEqual([
      ...['1.0.0, created', '1.0.1, new version', '1.0.0, unchanged', '1.0.1, unchanged'],
      ...['1.0.2, new version, 1.0.0 holds other content', '1.0.1, unchanged', '1.0.2, unchanged'],
    ]);
  });
});

describe('a version with one x', () => {
  test('counts on from the highest, wherever the x is', () => {
    expect(register(['1.0.x', 'a'], ['1.0.x', 'a'], ['1.0.x', 'b'])).toEqual([
      ...['1.0.0, created', '1.0.0, unchanged', '1.0.1, new version'],
    ]);
    expect(register(['1.4.7', 'a'], ['1.x.0', 'b'], ['1.x.0', 'c'], ['x.0.0', 'd'])).toEqual([
      ...['1.4.7, created', '1.5.0, new version', '1.6.0, new version', '2.0.0, new version'],
    ]);
  });
  test('is the newest that it fits when that has the content already', () => {
    expect(register(['1.0.4', 'a'], ['1.0.x', 'a'], ['1.0.x', 'b'], ['1.0.x', 'a'])).toEqual([
      ...['1.0.4, created', '1.0.4, unchanged', '1.0.5, new version', '1.0.6, new version'],
    ]);
  });
  test.each(['x.x.0', '1.x.x', '1.0', '1.0.y', 'x', '1.0.0/1', '1.0.xx', '1.0.1x'])('%s is none', (text) => {
    expect(parseNewVersion(text)).toBeUndefined();
  });
});
