// Offsets as people read them.
import { expect, test } from 'vitest';
import { excerpt, locate } from '../../shared/component/excerpt.ts';

test('lines and columns count from one, with any line ends', () => {
  expect(locate('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
  expect(locate('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
  expect(locate('ab\r\ncd\rx', 4)).toEqual({ line: 2, column: 1 });
  expect(locate('ab\r\ncd\rx', 7)).toEqual({ line: 3, column: 1 });
  expect(locate('ab', 99)).toEqual({ line: 1, column: 3 });
  expect(locate('', 0)).toEqual({ line: 1, column: 1 });
});

test('the excerpt is the line with carets under the place, and never beyond the line', () => {
  expect(excerpt('name: x\n\taction: Foo\nend', 17, 20)).toBe(' action: Foo\n         ^^^');
  expect(excerpt('name: |\n  one\n  two', 6, 19)).toBe('name: |\n      ^');
  expect(excerpt('abc', 3)).toBe('abc\n   ^');
});

test('of a long line only the part around the place is shown', () => {
  const [line = '', carets = ''] = excerpt(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`, 500, 504).split('\n');
  expect(line.length).toBe(110);
  expect(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
});
