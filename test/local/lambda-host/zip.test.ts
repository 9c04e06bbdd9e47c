import { expect, test } from 'vitest';
import { readZip } from '../../../local/lambda-host/zip.ts';
import { zipArchive } from './zip-file.ts';

test.each([true, false])('files come out as they went in (deflated: %s)', (deflate) => {
  const files = { 'a.mjs': 'export const a = 1;', 'functions/größe.mjs': 'x'.repeat(10_000), empty: '' };
  const read = readZip(zipArchive(files, deflate));
  expect(Object.fromEntries(read.map(({ name, content }) => [name, content.toString()]))).toEqual(files);
});

test('directories are left out', () => {
  expect(readZip(zipArchive({ 'functions/': '', 'functions/a': '1' })).map(({ name }) => name)).toEqual([
    'functions/a',
  ]);
});

test.each(['../outside', '/etc/passwd', 'a/../../b', 'a\\b'])(
  'a name that leads out of the archive is refused: %s',
  (name) => {
    expect(() => readZip(zipArchive({ [name]: 'x' }))).toThrow(
      `zip entry '${name}': the name leads out of the archive`,
    );
  },
);

test('what is no archive is refused', () => {
  expect(() => readZip(Buffer.from('not a zip'))).toThrow('not a zip archive');
});
