import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../local/events/pattern.ts';
import { detail, event, matching, notMatching } from './pattern-cases.ts';

describe('matches', () => {
  test.each(matching)('%s', (_, pattern) => {
    expect(compilePattern(JSON.stringify(pattern))(event)).toBe(true);
  });
});

describe('does not match', () => {
  test.each(notMatching)('%s', (_, pattern) => {
    expect(compilePattern(JSON.stringify(pattern))(event)).toBe(false);
  });
});

describe('refused', () => {
  const cases: [string, unknown][] = [
    ['Filter is not an object', '[]'],
    ['"source" must be an object or an array', { source: 'aws.ec2' }],
    ['Empty arrays are not allowed: "source"', { source: [] }],
    ['Unrecognized match type cidr', detail('ip', { cidr: '10.0.0.0/8' })],
    ['Unrecognized match type toString', detail('ip', { toString: 'x' })],
    ['Unsupported anything-but pattern: cidr', detail('ip', { 'anything-but': { cidr: '10.0.0.0/8' } })],
    ['Only one key allowed in match expression: "State"', detail('State', { prefix: 'a', suffix: 'b' })],
    ['prefix match pattern must be a string', detail('State', { prefix: 1 })],
    ['Unrecognized numeric range operator: ~ 5', detail('size', { numeric: ['~', 5] })],
    ['exists match pattern must be either true or false', detail('size', { exists: 'yes' })],
    ['Consecutive wildcard characters', detail('State', { wildcard: 'a**' })],
  ];
  test.each(cases)('%s', (reason, pattern) => {
    const text = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    expect(() => compilePattern(text)).toThrow(
      expect.objectContaining({
        code: 'InvalidEventPatternException',
        message: `Event pattern is not valid. Reason: ${reason}`,
      }),
    );
  });
});
