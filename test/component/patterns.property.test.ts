// Laws of conditions: patterns mean in bash what they mean in RE2, numbers compare by value at any length.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionFunctions } from '../../shared/component/condition/functions.ts';
import { translatePattern } from '../../shared/component/condition/pattern.ts';
import { quote } from '../../shared/component/quote.ts';

const judge = (calls: string[]) =>
  execFileSync('/bin/bash', ['--norc'], {
    input: `${conditionFunctions}\n${calls.map((call) => `${call} >/dev/null; echo $?`).join('\n')}`,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
    .toString()
    .trim()
    .split('\n')
    .map((status) => (status === '0' ? true : status === '1' ? false : status));

/** Pieces that JavaScript reads as RE2 does. */
const atom = fc.constantFrom(
  'a',
  'B',
  '1',
  '.',
  '-',
  '\\.',
  '\\d',
  '\\D',
  '\\w',
  '\\W',
  '\\s',
  '\\S',
  '[ab]',
  '[^a-c]',
  '[\\]a]',
  '[a\\-\\]^]',
  '[\\d_]',
  '[-a]',
  '[^\\s]',
  '\\[',
  '\\{',
  '(?:a|b1)',
  '(a.)',
  '\\x41',
  '\\n',
  '^',
  '$',
  '\\b',
  ' ',
  "'",
  '"',
  '&',
  '/',
);
const repeat = fc.constantFrom('', '', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?');
const pieces = fc.array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 5 });
const pattern = pieces.map((parts) =>
  parts.map(([piece, again]) => (/^(\^|\$|\\b)$/.test(piece) ? piece : piece + again)).join(''),
);
const subject = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', '1', '.', '-', ']', '^', ' ', '\n', '_', '\\', "'", '&', '{'),
  maxLength: 6,
});

test('A thousand patterns match in bash what they match in JavaScript without regard to case', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(pattern, subject), { minLength: 500, maxLength: 500 }), (pairs) => {
      const possible = pairs.filter(([source]) => 'pattern' in translatePattern(source));
      expect(possible.length).toBeGreaterThan(250);
      const calls = possible.map(([source, text]) => {
        const translated = translatePattern(source);
        return `matches_pattern ${quote(source)} ${quote('pattern' in translated ? translated.pattern : '')} ${quote(text)}`;
      });
      const found = judge(calls);
      const different = possible.filter(([source, text], index) => found[index] !== new RegExp(source, 'i').test(text));
      expect(different).toEqual([]);
    }),
    { numRuns: 4, endOnFailure: true },
  );
}, 60_000);

test('1,000 pairs of numbers compare as decimals of any length', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '0', '1', '9'), minLength: 1, maxLength: 30 });
  const number = fc
    .tuple(fc.constantFrom('', '-', '+'), digits, fc.option(digits))
    .map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? '' : `.${fraction}`}`);
  const value = (text: string) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(`${whole.replace('+', '')}${fraction.padEnd(40, '0')}`);
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 200, maxLength: 200 }), (pairs) => {
      const names = ['numberLessThan', 'numberEquals', 'numberGreaterThanEquals'];
      const found = judge(
        pairs.flatMap(([a, b]) => names.map((name) => `compare_numbers ${name} ${quote(b)} ${quote(a)}`)),
      );
      const meant = pairs.flatMap(([a, b]) => [value(a) < value(b), value(a) === value(b), value(a) >= value(b)]);
      expect(found).toEqual(meant);
    }),
    { numRuns: 5, endOnFailure: true },
  );
}, 60_000);

test.each([
  ['a**', 'invalid', '* is repeated itself'],
  ['*a', 'invalid', '"*" has nothing to repeat'],
  ['a{2,1}', 'invalid', 'the repetition {2,1}'],
  ['(a', 'invalid', 'a "(" has no ")"'],
  ['a)', 'invalid', 'a ")" has no "("'],
  ['[a', 'invalid', 'the "[" has no "]"'],
  ['[b-a]', 'invalid', 'the range from "b"'],
  ['a\\', 'invalid', 'it ends too early'],
  ['\\1', 'invalid', '"\\1"'],
  ['\\p{Greek}', 'unsupported', '"\\p"'],
  ['(?m)^a', 'unsupported', '"(?m"'],
  ['(?=a)', 'unsupported', '"(?="'],
  ['[[:^alpha:]]', 'unsupported', 'the class [:^alpha:]'],
  ['a^', 'unsupported', '"^" behind the beginning'],
  ['(a$)b', 'unsupported', '"$" before the end'],
  ['(^a|b)+', 'unsupported', 'a repeated "^", "$" or "\\b"'],
  ['[\\D]', 'unsupported', '"\\D" inside of "[ ]"'],
])('pattern %s: %s, %s', (source, kind, what) => {
  expect(translatePattern(source)).toMatchObject({ problem: { kind, what } });
});
