// CopyFile, CopyFolder, MoveFile, MoveFolder in a real bash.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, runModule } from './module-run.ts';
import { nastyNames } from './nasty-names.ts';

/** Writes files, with the folders they are in, and reads them all again as one object. */
function write(folder: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function read(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => lstatSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('CopyFile copies to a new name, with its parents, and to a folder under the same name; items run in order', async () => {
  const folder = newFolder();
  write(folder, { 'in/a.txt': 'A' });
  const { code, stderr } = await runModule(folder, 'CopyFile', [
    { source: `${folder}/in/a.txt`, destination: `${folder}/new/deep/b.txt` },
    { source: 'new/deep/b.txt', destination: './out/' },
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(read(folder)).toEqual({ 'in/a.txt': 'A', 'new/deep/b.txt': 'A', 'out/b.txt': 'A' });
});

test.each(['CopyFile', 'MoveFile'])(
  '%s with a wildcard takes all files that match, hidden ones too, no folders',
  async (action) => {
    const folder = newFolder();
    write(folder, { 'in/x.log': '1', 'in/.log': '2', 'in/x[.log': '3', 'in/y.txt': '4', 'in/folder.log/z': '5' });
    const { code } = await runModule(folder, action, [{ source: 'in/*.log', destination: 'out/' }]);
    expect(code).toBe(0);
    expect(Object.keys(read(join(folder, 'out')))).toEqual(['.log', 'x.log', 'x[.log']);
    expect(existsSync(join(folder, 'in/x.log'))).toBe(action === 'CopyFile');
    expect(existsSync(join(folder, 'in/folder.log/z'))).toBe(true);
  },
);

test('only "*" is a wildcard, and only behind the last slash', async () => {
  const folder = newFolder();
  write(folder, { 'in*/ab': '1', 'in*/a?': '2', 'inx/ab': '3' });
  const { code } = await runModule(folder, 'CopyFile', [{ source: 'in*/*?', destination: 'out/' }]);
  expect(code).toBe(0);
  expect(read(join(folder, 'out'))).toEqual({ 'a?': '2' });
});

test.each(['CopyFile', 'MoveFile'])('%s takes any name as it is', async (action) => {
  const folder = newFolder();
  write(folder, Object.fromEntries(nastyNames.map((name) => [`in/${name}`, name])));
  const inputs = nastyNames.flatMap((name) => [
    { source: `in/${name}`, destination: `new ${name}/${name}` },
    { source: `new ${name}/${name}`, destination: `kept ${name}/` },
  ]);
  const { code, stderr } = await runModule(folder, action, inputs);
  expect([code, stderr]).toEqual([0, '']);
  for (const name of nastyNames) expect(readFileSync(join(folder, `kept ${name}`, name), 'utf8')).toBe(name);
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
});

test('a name with a leading dash is a name without any folder before it too', async () => {
  const folder = newFolder();
  write(folder, { '-x': '1' });
  const { code } = await runModule(folder, 'CopyFile', [{ source: '-x', destination: '--y' }]);
  expect(code).toBe(0);
  expect(read(folder)).toEqual({ '--y': '1', '-x': '1' });
});

test.each([
  {
    name: 'a missing source',
    inputs: { source: 'none', destination: 'out' },
    says: 'cannot VERB DIR/none to DIR/out: there is no such file',
  },
  {
    name: 'a wildcard without a match',
    inputs: { source: '*.none', destination: 'out/' },
    says: 'cannot VERB DIR/*.none to DIR/out: no file matches',
  },
  {
    name: 'a folder as source',
    inputs: { source: 'sub', destination: 'out' },
    says: 'cannot VERB DIR/sub to DIR/out: it is a folder, not a file',
  },
  {
    name: 'a folder as destination',
    inputs: { source: 'a', destination: 'sub' },
    says: 'cannot VERB DIR/a to DIR/sub: that is a folder; end "destination" in / to VERB into it',
  },
  {
    name: 'overwrite false and a file that exists',
    inputs: { source: 'a', destination: 'b', overwrite: false },
    says: 'cannot VERB DIR/a to DIR/b: it exists already, and "overwrite" is false',
  },
  {
    name: 'a destination where no folder can be made',
    inputs: { source: 'a', destination: '/dev/null/x/b' },
    says: "cannot make the folder /dev/null/x: mkdir: cannot create directory '/dev/null': Not a directory",
  },
])('CopyFile and MoveFile fail with $name', async ({ inputs, says }) => {
  for (const [action, verb] of [
    ['CopyFile', 'copy'],
    ['MoveFile', 'move'],
  ] as const) {
    const folder = newFolder();
    write(folder, { a: 'A', b: 'B', 'sub/c': 'C' });
    const { code, stderr } = await runModule(folder, action, [inputs]);
    expect(code).toBe(1);
    expect(stderr.replaceAll(folder, 'DIR').replaceAll('‘', "'").replaceAll('’', "'")).toBe(
      `${action}: ${says.replaceAll('VERB', verb)}\n`,
    );
    expect(read(folder)).toEqual({ a: 'A', b: 'B', 'sub/c': 'C' });
  }
});

test('a failing item of several is named, the ones before it are done, those behind it are not', async () => {
  const folder = newFolder();
  write(folder, { a: 'A' });
  const { code, stderr } = await runModule(folder, 'CopyFile', [
    { source: 'a', destination: 'b' },
    { source: 'none', destination: 'c' },
    { source: 'a', destination: 'd' },
  ]);
  expect(code).toBe(1);
  expect(stderr).toBe(`CopyFile inputs[1]: cannot copy ${folder}/none to ${folder}/c: there is no such file\n`);
  expect(read(folder)).toEqual({ a: 'A', b: 'A' });
});

test('CopyFile keeps permissions and copies what a link points to; MoveFile moves the link', async () => {
  const folder = newFolder();
  write(folder, { a: 'A' });
  symlinkSync('a', join(folder, 'link'));
  await runModule(folder, 'SetFilePermissions', [{ path: 'a', permissions: '0751' }]);
  await runModule(folder, 'CopyFile', [{ source: 'link', destination: 'copy' }]);
  expect(lstatSync(join(folder, 'copy')).mode & 0o7777).toBe(0o751);
  await runModule(folder, 'MoveFile', [{ source: 'link', destination: 'moved' }]);
  expect(readlinkSync(join(folder, 'moved'))).toBe('a');
});

test('CopyFolder copies the contents to the destination, or below it under the same name when it ends in /', async () => {
  const folder = newFolder();
  write(folder, { 'in/a': 'A', 'in/sub/b': 'B' });
  symlinkSync('a', join(folder, 'in/link'));
  mkdirSync(join(folder, 'in/empty'), { mode: 0o750 });
  const { code } = await runModule(folder, 'CopyFolder', [
    { source: 'in', destination: 'x/out' },
    { source: 'in/', destination: 'y/' },
  ]);
  expect(code).toBe(0);
  for (const at of ['in', 'x/out', 'y/in']) {
    expect(read(join(folder, at))).toEqual({ a: 'A', 'sub/b': 'B' });
    expect(readlinkSync(join(folder, at, 'link'))).toBe('a');
    expect(statSync(join(folder, at, 'empty')).mode & 0o777).toBe(0o750);
  }
});

test.each(['CopyFolder', 'MoveFolder'])(
  '%s merges with a folder that exists: same names are replaced, others stay, so do its permissions',
  async (action) => {
    const folder = newFolder();
    write(folder, { 'in/a': 'new', 'in/sub/b': 'new', 'in/.hidden': 'new', 'out/a': 'old', 'out/sub/c': 'old' });
    await runModule(folder, 'SetFolderPermissions', [{ path: 'out', permissions: '0700', recursive: false }]);
    const { code, stderr } = await runModule(folder, action, [{ source: 'in', destination: 'out' }]);
    expect([code, stderr]).toEqual([0, '']);
    expect(read(join(folder, 'out'))).toEqual({ '.hidden': 'new', a: 'new', 'sub/b': 'new', 'sub/c': 'old' });
    expect(statSync(join(folder, 'out')).mode & 0o777).toBe(0o700);
    expect(existsSync(join(folder, 'in'))).toBe(action === 'CopyFolder');
  },
);

test.each(['CopyFolder', 'MoveFolder'])(
  '%s with a wildcard takes all folders that match, of any name',
  async (action) => {
    const folder = newFolder();
    write(
      folder,
      Object.fromEntries([...nastyNames.map((name) => [`in/s${name}/f`, name]), ['in/sample', 'no folder']]),
    );
    const { code, stderr } = await runModule(folder, action, [{ source: 'in/s*', destination: 'out/' }]);
    expect([code, stderr]).toEqual([0, '']);
    expect(read(join(folder, 'out'))).toEqual(Object.fromEntries(nastyNames.map((name) => [`s${name}/f`, name])));
  },
);

test.each([
  {
    name: 'a missing source',
    inputs: { source: 'none', destination: 'out' },
    says: 'cannot VERB DIR/none to DIR/out: there is no such folder',
  },
  {
    name: 'a file as source',
    inputs: { source: 'a', destination: 'out' },
    says: 'cannot VERB DIR/a to DIR/out: it is a file, not a folder',
  },
  {
    name: 'a wildcard without a match',
    inputs: { source: 'a*', destination: 'out/' },
    says: 'cannot VERB DIR/a* to DIR/out: no folder matches',
  },
  {
    name: 'overwrite false and a folder that exists',
    inputs: { source: 'in', destination: './', overwrite: 'False' },
    says: 'cannot VERB DIR/in to DIR/in: it exists already, and "overwrite" is false',
  },
  {
    name: 'a destination inside of the source',
    inputs: { source: 'in', destination: 'in/sub/new' },
    says: 'cannot VERB DIR/in to DIR/in/sub/new: one holds the other',
  },
  {
    name: 'the source as destination',
    inputs: { source: 'in', destination: 'same' },
    says: 'cannot VERB DIR/in to DIR/same: one holds the other',
  },
])('CopyFolder and MoveFolder fail with $name', async ({ inputs, says }) => {
  for (const [action, verb] of [
    ['CopyFolder', 'copy'],
    ['MoveFolder', 'move'],
  ] as const) {
    const folder = newFolder();
    write(folder, { a: 'A', 'in/b': 'B', 'in/sub/c': 'C' });
    symlinkSync('in', join(folder, 'same'));
    const before = read(folder);
    const { code, stderr } = await runModule(folder, action, [inputs]);
    expect([code, stderr.replaceAll(folder, 'DIR')]).toEqual([1, `${action}: ${says.replaceAll('VERB', verb)}\n`]);
    expect(read(folder)).toEqual(before);
  }
});
