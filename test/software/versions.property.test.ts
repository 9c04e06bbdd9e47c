// Version order against the verdicts of dpkg and rpm themselves, on generated pairs, where the tool is present.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareDebianVersions } from '../../shared/software/debian-version.ts';
import { compareRpmVersions } from '../../shared/software/rpm-version.ts';

type Pair = [string, string];

// dpkg is asked one pair a process: VERSION_PAIRS=10000 asks for more.
const dpkgPairs = Number(process.env.VERSION_PAIRS ?? 400);
const rpmPairs = 10_000;
const missing = (tool: string) => spawnSync(tool, ['--version']).error !== undefined;
const sign = (order: number) => ['older', 'same', 'newer'][Math.sign(order) + 1]!;

const pieces = fc.constantFrom(
  '0',
  '1',
  '2',
  '10',
  '00',
  '007',
  '9',
  'a',
  'b',
  'rc',
  'Z',
  'alpha',
  '.',
  '~',
  '+',
  '~~',
);
const part = (more: string[] = []) =>
  fc
    .array(fc.oneof({ arbitrary: pieces, weight: 6 }, fc.constantFrom(...more, '.')), { minLength: 1, maxLength: 6 })
    .map((list) => `1${list.join('')}`);
const evr = (more: string[]) =>
  fc
    .tuple(fc.constantFrom('', '', '0:', '1:', '2:'), part(more), fc.option(part(more), { nil: undefined }))
    .map(([epoch, version, release]) => `${epoch}${version}${release === undefined ? '' : `-${release}`}`);

/** Pairs that are near each other, since versions that have nothing in common are easy. */
const pairsOf = (version: fc.Arbitrary<string>, numRuns: number): Pair[] => {
  const near = fc.tuple(version, fc.nat(), pieces).map(([text, at, piece]): Pair => {
    const first = text.indexOf(':') + 2;
    const place = first + (at % (text.length - first + 1));
    return [text, text.slice(0, place) + piece + text.slice(place + (at % 2))];
  });
  const whole = fc.oneof(near, fc.tuple(version, version)).filter((pair) => !pair.some((text) => text.endsWith('-')));
  return fc.sample(whole, { numRuns, seed: 20261127 });
};

const textOf = (pairs: Pair[]) => pairs.map((pair) => `${pair.join(' ')}\n`).join('');

describe('versions', () => {
  test.skipIf(missing('dpkg'))(`dpkg agrees on ${dpkgPairs} pairs (left out where dpkg is absent)`, () => {
    const pairs = pairsOf(evr(['-', '+']), dpkgPairs);
    const script =
      'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo older; elif dpkg --compare-versions "$a" eq "$b"; then echo same; elif dpkg --compare-versions "$a" gt "$b"; then echo newer; else echo refused; fi; done';
    const said = execFileSync('bash', ['-c', script], { input: textOf(pairs) });
    const verdicts = String(said).trim().split('\n');
    const ours = pairs.map(([a, b]) => sign(compareDebianVersions(a, b)));
    expect(pairs.filter((_, index) => ours[index] !== verdicts[index])).toEqual([]);
    expect(new Set(verdicts)).toEqual(new Set(['older', 'same', 'newer']));
  });

  test.skipIf(missing('rpm'))(`rpm agrees on ${rpmPairs} pairs (left out where rpm is absent)`, () => {
    const pairs = pairsOf(evr(['^', '^']), rpmPairs);
    // Lua cannot open the socket that a child's standard input is.
    const directory = mkdtempSync(join(tmpdir(), 'rpm-pairs-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'pairs');
    writeFileSync(file, textOf(pairs));
    const script = `%{lua:for line in io.lines("${file}") do local a, b = line:match("(%S+) (%S+)") print(rpm.vercmp(a, b) .. "\\n") end}`;
    const verdicts = String(execFileSync('rpm', ['--eval', script]))
      .trim()
      .split('\n')
      .map((order) => sign(Number(order)));
    const ours = pairs.map(([a, b]) => sign(compareRpmVersions(a, b)));
    expect(pairs.filter((_, index) => ours[index] !== verdicts[index])).toEqual([]);
    expect(new Set(verdicts)).toEqual(new Set(['older', 'same', 'newer']));
  });

  test.each<[string, string, string]>([
    ['1.0~rc1', 'older', '1.0'],
    ['1:0.1', 'newer', '9.9'],
    ['1.0-1', 'newer', '1.0'],
    ['3.0.11-1~deb12u2', 'older', '3.0.11-1'],
    ['1.10', 'newer', '1.9'],
    ['0:1.0', 'same', '1.0'],
    ['1.0-0', 'same', '1.0'],
  ])('Debian: %s is %s than, or as, %s', (a, order, b) => {
    expect(sign(compareDebianVersions(a, b))).toBe(order);
  });

  test.each<[string, string, string]>([
    ['1.0~rc1-1', 'older', '1.0-1'],
    ['1.0^git1-1', 'newer', '1.0-1'],
    ['1.0^git1-1', 'older', '1.0.1-1'],
    ['1:1.0-1', 'newer', '2.0-1'],
    ['3.0.7-27.el9', 'newer', '3.0.7-4.el9'],
    ['1.0a', 'older', '1.0.1'],
  ])('RPM: %s is %s than, or as, %s', (a, order, b) => {
    expect(sign(compareRpmVersions(a, b))).toBe(order);
  });
});
