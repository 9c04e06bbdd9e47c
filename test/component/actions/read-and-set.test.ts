// ListFiles, ReadFile, SetFileEncoding, and the modules for owners and permissions, in a real bash.
import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newFolder, runModule } from './module-run.ts';
import { nastyNames } from './nasty-names.ts';

const isRoot = process.getuid?.() === 0;
const user = isRoot ? 'daemon' : userInfo().username;
const ids = isRoot ? [1, 1] : [userInfo().uid, userInfo().gid];
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
const ownerOf = (path: string) => [lstatSync(path).uid, lstatSync(path).gid];

/** Node has no UTF-32. */
function utf32(text: string, bigEndian: boolean): Buffer {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [index, point] of points.entries())
    bigEndian ? bytes.writeUInt32BE(point, index * 4) : bytes.writeUInt32LE(point, index * 4);
  return bytes;
}

const text = 'é😀 "q"\nend';
const encoded: [name: string, bytes: Buffer][] = [
  ['UTF-8', Buffer.from(text)],
  ['utf8', Buffer.from(text)],
  ['utf16', Buffer.from(text, 'utf16le')],
  ['UTF-16-le', Buffer.from(text, 'utf16le')],
  ['utf16-BE', Buffer.from(text, 'utf16le').swap16()],
  ['utf-32', utf32(text, false)],
  ['utf32-LE', utf32(text, false)],
  ['utf-32-BE', utf32(text, true)],
];

test.each(encoded)('%s: written, appended, converted and read without a byte-order mark', async (encoding, bytes) => {
  const folder = newFolder();
  writeFileSync(join(folder, 'plain'), text);
  await runModule(folder, 'CreateFile', [{ path: 'a', content: text, encoding }]);
  expect(readFileSync(join(folder, 'a'))).toEqual(bytes);
  await runModule(folder, 'AppendFile', [{ path: 'a', content: text, encoding }]);
  expect(readFileSync(join(folder, 'a'))).toEqual(Buffer.concat([bytes, bytes]));
  await runModule(folder, 'SetFileEncoding', [{ path: 'plain', encoding }]);
  expect(readFileSync(join(folder, 'plain'))).toEqual(bytes);
  const { output } = await runModule(folder, 'ReadFile', [{ path: 'plain', encoding }]);
  expect(output('content')).toBe(text);
});

test('ReadFile drops a byte-order mark, follows links, joins several files by newlines, and prints only when told to', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'marked'), Buffer.from('\uFEFFA\n', 'utf16le'));
  writeFileSync(join(folder, 'b'), 'B');
  symlinkSync('b', join(folder, 'link'));
  const { code, stdout, output } = await runModule(folder, 'ReadFile', [
    { path: 'marked', encoding: 'utf-16' },
    { path: 'link', printFileContent: true },
  ]);
  expect([code, stdout, output('content')]).toEqual([0, 'B', 'A\n\nB']);
});

test('ReadFile reads a large file whole', async () => {
  const folder = newFolder();
  const large = 'line of text é\n'.repeat(70_000);
  writeFileSync(join(folder, 'large'), large);
  const { output } = await runModule(folder, 'ReadFile', [{ path: 'large' }]);
  expect(output('content') === large).toBe(true);
});

test('SetFileEncoding keeps permissions and links', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'a'), 'A', { mode: 0o600 });
  symlinkSync('a', join(folder, 'link'));
  const { code } = await runModule(folder, 'SetFileEncoding', [{ path: 'link', encoding: 'utf-16' }]);
  expect([code, lstatSync(join(folder, 'link')).isSymbolicLink(), modeOf(join(folder, 'a'))]).toEqual([0, true, '600']);
  expect(readFileSync(join(folder, 'a'))).toEqual(Buffer.from('A', 'utf16le'));
});

test('an encoding without iconv says which program is missing', async () => {
  const folder = newFolder();
  const { code, stderr } = await runModule(folder, 'CreateFile', [{ path: 'a', encoding: 'utf-16' }], { PATH: folder });
  expect([code, stderr]).toEqual([
    1,
    'CreateFile: the encoding UTF-16LE needs the program iconv, which this machine does not have: install it in an earlier step\n',
  ]);
});

test('ListFiles lists the files that match in the order of their bytes, in sub-folders when told to', async () => {
  const folder = newFolder();
  for (const name of ['b.log', 'B.log', '.c.log', 'a.txt', 'é.log', 'x?.log']) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'sub/deep'), { recursive: true });
  writeFileSync(join(folder, 'sub/deep/d.log'), '');
  symlinkSync('sub', join(folder, 'linked'));
  const files = async (inputs: object) => {
    const { output } = await runModule(folder, 'ListFiles', [inputs]);
    return output('files')?.replaceAll(`${folder}/`, '');
  };
  expect(await files({ path: '.' })).toBe('.c.log,B.log,a.txt,b.log,x?.log,é.log');
  expect(await files({ path: folder, fileNamePattern: '*.log', recursive: true })).toBe(
    '.c.log,B.log,b.log,sub/deep/d.log,x?.log,é.log',
  );
  expect(await files({ path: `${folder}/`, fileNamePattern: 'x?*' })).toBe('x?.log');
  expect(await files({ path: folder, fileNamePattern: '*none' })).toBe('');
});

test('ListFiles joins what several items list', async () => {
  const folder = newFolder();
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'x'), '');
  }
  const { output } = await runModule(folder, 'ListFiles', [{ path: 'b' }, { path: 'a' }]);
  expect(output('files')).toBe(`${folder}/b/x,${folder}/a/x`);
});

test('files of any name are listed, read and given permissions', async () => {
  const folder = newFolder();
  for (const name of nastyNames) writeFileSync(join(folder, name), `<${name}>`);
  const read = await runModule(
    folder,
    'ReadFile',
    nastyNames.map((path) => ({ path })),
  );
  expect(read.output('content')).toBe(nastyNames.map((name) => `<${name}>`).join('\n'));
  const list = await runModule(folder, 'ListFiles', [{ path: folder }]);
  expect(list.output('files')).toBe(
    nastyNames
      .map((name) => `${folder}/${name}`)
      .toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b)))
      .join(','),
  );
  const set = await runModule(
    folder,
    'SetFilePermissions',
    nastyNames.map((path) => ({ path, permissions: '0640' })),
  );
  expect(set.code).toBe(0);
  for (const name of nastyNames) expect(modeOf(join(folder, name))).toBe('640');
});

test('permissions are set as they are, of a folder with all that is in it unless told otherwise', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'd/sub'), { recursive: true });
  writeFileSync(join(folder, 'd/sub/a'), '');
  await runModule(folder, 'SetFilePermissions', [{ path: 'd/sub/a', permissions: 4777 }]);
  expect(modeOf(join(folder, 'd/sub/a'))).toBe('4777');
  await runModule(folder, 'SetFolderPermissions', [{ path: 'd', permissions: '0700', recursive: false }]);
  expect(['d', 'd/sub'].map((name) => modeOf(join(folder, name)))).toEqual(['700', '755']);
  await runModule(folder, 'SetFolderPermissions', [{ path: 'd/', permissions: '0770' }]);
  expect(['d', 'd/sub', 'd/sub/a'].map((name) => modeOf(join(folder, name)))).toEqual(['770', '770', '770']);
});

test('owners are set, with the primary group unless another is given, of a folder with all that is in it unless told otherwise', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/a'), '');
  symlinkSync('/etc/passwd', join(folder, 'd/link'));
  const before = ownerOf('/etc/passwd');
  await runModule(folder, 'SetFolderOwner', [{ path: 'd', owner: user, recursive: false }]);
  expect(ownerOf(join(folder, 'd'))).toEqual(ids);
  const { code } = await runModule(folder, 'SetFolderOwner', [{ path: 'd', owner: user, group: String(ids[1]) }]);
  expect([code, ownerOf(join(folder, 'd/a')), ownerOf(join(folder, 'd/link'))]).toEqual([0, ids, ids]);
  expect(ownerOf('/etc/passwd')).toEqual(before);
  writeFileSync(join(folder, 'b'), '');
  await runModule(folder, 'SetFileOwner', [{ path: 'b', owner: user }]);
  expect(ownerOf(join(folder, 'b'))).toEqual(ids);
});

test.each([
  { action: 'ReadFile', inputs: { path: 'none' }, says: 'cannot read DIR/none: there is no such file' },
  { action: 'ReadFile', inputs: { path: 'sub' }, says: 'cannot read DIR/sub: it is a folder, not a file' },
  {
    action: 'ReadFile',
    inputs: { path: 'binary' },
    says: 'cannot read DIR/binary as UTF-8: it is no text, it holds NUL characters',
  },
  { action: 'ReadFile', inputs: { path: 'a', encoding: 'utf-16' }, says: /^cannot read DIR\/a as UTF-16LE: iconv: .+/ },
  { action: 'ListFiles', inputs: { path: 'none' }, says: 'cannot list the files of DIR/none: there is no such folder' },
  {
    action: 'ListFiles',
    inputs: { path: 'a' },
    says: 'cannot list the files of DIR/a: it is a file, not a folder',
  },
  {
    action: 'SetFileEncoding',
    inputs: { path: 'none', encoding: 'utf-16' },
    says: 'cannot set the encoding of DIR/none: there is no such file',
  },
  {
    action: 'SetFileEncoding',
    inputs: { path: 'latin', encoding: 'utf-16' },
    says: /^cannot set the encoding of DIR\/latin to UTF-16LE: iconv: .+/,
  },
  {
    action: 'SetFileOwner',
    inputs: { path: 'none', owner: user },
    says: /^cannot give DIR\/none to ".+": there is no such file$/,
  },
  {
    action: 'SetFileOwner',
    inputs: { path: 'a', owner: 'nobody-such' },
    says: /^cannot give DIR\/a to owner "nobody-such" and group "": chown: invalid (user|spec): .nobody-such.+$/,
  },
  {
    action: 'SetFileOwner',
    inputs: { path: 'a', owner: user, group: 'nobody-such' },
    says: /^cannot give DIR\/a to owner ".+" and group "nobody-such": chown: invalid group: .+$/,
  },
  {
    action: 'SetFolderOwner',
    inputs: { path: 'a', owner: user },
    says: /^cannot give DIR\/a to ".+": it is a file, not a folder$/,
  },
  {
    action: 'SetFilePermissions',
    inputs: { path: 'none', permissions: '0644' },
    says: 'cannot set the permissions of DIR/none: there is no such file',
  },
  {
    action: 'SetFolderPermissions',
    inputs: { path: 'none', permissions: '0644' },
    says: 'cannot set the permissions of DIR/none: there is no such folder',
  },
  {
    action: 'SetFilePermissions',
    inputs: { path: '/proc/1/stat', permissions: '0644' },
    says: /^cannot set the permissions of \/proc\/1\/stat to 0644: chmod: .+$/,
  },
])('$action of $inputs fails and says why', async ({ action, inputs, says }) => {
  const folder = newFolder();
  writeFileSync(join(folder, 'a'), 'odd');
  writeFileSync(join(folder, 'binary'), 'a\0b');
  writeFileSync(join(folder, 'latin'), Buffer.from([0xe9, 0x20]));
  mkdirSync(join(folder, 'sub'));
  const { code, stderr } = await runModule(folder, action, [inputs]);
  expect(code).toBe(1);
  const said = stderr.replaceAll(folder, 'DIR').trimEnd();
  if (typeof says === 'string') expect(said).toBe(`${action}: ${says}`);
  else expect(said.replace(`${action}: `, '')).toMatch(says);
  expect(readFileSync(join(folder, 'latin'))).toEqual(Buffer.from([0xe9, 0x20]));
});
