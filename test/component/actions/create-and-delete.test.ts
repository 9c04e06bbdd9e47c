// AppendFile, CreateFile, CreateFolder, CreateSymlink, DeleteFile, DeleteFolder in a real bash.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newFolder, readInputs, runModule, runScript } from './module-run.ts';
import { nastyNames } from './nasty-names.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);
/** Another user where this one may give files away, else this one. */
const [user, group, ids] =
  process.getuid?.() === 0
    ? (['daemon', '1', [1, 1]] as const)
    : ([userInfo().username, String(userInfo().gid), [userInfo().uid, userInfo().gid]] as const);
const ownerOf = (path: string) => [statSync(path).uid, statSync(path).gid];

test('CreateFile makes the file with its parents; the content is what stands in the document', async () => {
  const folder = newFolder();
  const content = 'tabs\\t $(touch pwned) `x` "q" \'q\'\nlast line without end';
  const { code } = await runModule(folder, 'CreateFile', [{ path: 'new/deep/a', content }, { path: './empty' }]);
  expect(code).toBe(0);
  expect(readFileSync(join(folder, 'new/deep/a'), 'utf8')).toBe(content);
  expect(readFileSync(join(folder, 'empty'), 'utf8')).toBe('');
  expect([modeOf(join(folder, 'empty')), existsSync(join(folder, 'pwned'))]).toEqual(['644', false]);
});

test('any content arrives in the file as it is', async () => {
  const nasty = fc.constantFrom(
    "'",
    '"',
    '`',
    '$(touch pwned)',
    '${PATH}',
    '\\',
    '\n',
    '\r',
    '&',
    '%s',
    '*',
    '~',
    '\u0001',
    'é',
    '😀',
    ' ',
    '-n',
  );
  const content = fc
    .oneof(
      fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join('')),
      fc.string({ unit: 'binary', maxLength: 40 }),
    )
    .map((text) => text.replaceAll('\0', '').replaceAll('{{', '').toWellFormed());
  const folder = newFolder();
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 20 }), async (contents) => {
      const inputs = contents.map((one, index) => ({ path: `f${index}`, content: one, permissions: '600' }));
      const { code } = await runModule(folder, 'CreateFile', inputs);
      expect(code).toBe(0);
      for (const [index, one] of contents.entries()) expect(readFileSync(join(folder, `f${index}`), 'utf8')).toBe(one);
    }),
    { numRuns: 20 },
  );
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
}, 30_000);

test('CreateFile gives permissions less the umask, owner and group; a file that exists is emptied first and keeps its own', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'old'), 'much longer than the new');
  chmodSync(join(folder, 'old'), 0o600);
  const { code } = await runModule(folder, 'CreateFile', [
    { path: 'old', content: 'short' },
    { path: 'secret', content: 'x', permissions: '0600', owner: user, group },
    { path: 'open', permissions: 777, owner: String(ids[0]) },
    { path: 'grouped', group },
  ]);
  expect(code).toBe(0);
  expect([readFileSync(join(folder, 'old'), 'utf8'), modeOf(join(folder, 'old'))]).toEqual(['short', '600']);
  expect([modeOf(join(folder, 'secret')), ownerOf(join(folder, 'secret'))]).toEqual(['600', ids]);
  expect([modeOf(join(folder, 'open')), statSync(join(folder, 'open')).uid]).toEqual(['755', ids[0]]);
  expect(statSync(join(folder, 'grouped')).gid).toBe(ids[1]);
});

test('files and folders of any name are created, linked, appended to and deleted', async () => {
  const folder = newFolder();
  const each = (more: (name: string) => object) => nastyNames.map(more);
  const runs: [string, object[]][] = [
    ['CreateFolder', each((name) => ({ path: `d${name}/${name}` }))],
    ['CreateFile', each((name) => ({ path: `d${name}/${name}/${name}`, content: name }))],
    ['AppendFile', each((name) => ({ path: `d${name}/${name}/${name}`, content: name }))],
    ['CreateSymlink', each((name) => ({ path: `links/${name}`, target: `d${name}/${name}/${name}` }))],
  ];
  for (const [action, inputs] of runs) {
    const { code, stderr } = await runModule(folder, action, inputs);
    expect([action, code, stderr]).toEqual([action, 0, '']);
  }
  for (const name of nastyNames) expect(readFileSync(join(folder, 'links', name), 'utf8')).toBe(name + name);
  expect(existsSync(join(folder, 'pwned'))).toBe(false);
  await runModule(
    folder,
    'DeleteFile',
    each((name) => ({ path: `links/${name}` })),
  );
  expect(readdirSync(join(folder, 'links'))).toEqual([]);
  const { code } = await runModule(
    folder,
    'DeleteFolder',
    each((name) => ({ path: `d${name}/`, force: true })),
  );
  expect([code, readdirSync(folder)]).toEqual([0, ['links']]);
});

test.each([
  {
    action: 'CreateFile',
    inputs: { path: 'a', overwrite: false },
    says: 'cannot create the file DIR/a: it exists already, and "overwrite" is false',
  },
  { action: 'CreateFile', inputs: { path: 'sub' }, says: 'cannot create the file DIR/sub: that is a folder' },
  { action: 'CreateFile', inputs: { path: 'new/' }, says: 'cannot create the file DIR/new: that is a folder' },
  { action: 'CreateFile', inputs: { path: 'a/b' }, says: /^cannot make the folder DIR\/a: mkdir: .*File exists$/ },
  {
    action: 'CreateFile',
    inputs: { path: '/proc/1/new' },
    says: /^cannot create the file \/proc\/1\/new: .*(No such file or directory|Permission denied)$/,
  },
  {
    action: 'CreateFile',
    inputs: { path: '/dev/full', content: 'x' },
    says: /^cannot write \/dev\/full: .*No space left on device$/,
  },
  {
    action: 'CreateFile',
    inputs: { path: 'new', owner: 'nobody-such' },
    says: /^cannot give DIR\/new to owner "nobody-such" and group "": chown: invalid user: .nobody-such.$/,
  },
  {
    action: 'AppendFile',
    inputs: { path: 'none', content: 'x' },
    says: 'cannot append to DIR/none: there is no such file',
  },
  { action: 'AppendFile', inputs: { path: 'sub' }, says: 'cannot append to DIR/sub: it is a folder, not a file' },
  {
    action: 'AppendFile',
    inputs: { path: '/dev/full', content: 'x' },
    says: /^cannot append to \/dev\/full: .*No space left on device$/,
  },
  {
    action: 'CreateFolder',
    inputs: { path: 'sub', overwrite: false },
    says: 'cannot create the folder DIR/sub: it exists already, and "overwrite" is false',
  },
  { action: 'CreateFolder', inputs: { path: 'a' }, says: 'cannot create the folder DIR/a: that is a file' },
  {
    action: 'CreateFolder',
    inputs: { path: '/proc/new' },
    says: /^cannot make the folder \/proc\/new: mkdir: cannot create directory .*$/,
  },
  {
    action: 'CreateSymlink',
    inputs: { path: 'l', target: 'none' },
    says: 'cannot link DIR/l to DIR/none: there is nothing at the target',
  },
  {
    action: 'CreateSymlink',
    inputs: { path: 'link', target: 'sub' },
    says: 'cannot link DIR/link to DIR/sub: the link exists already, and "force" is false',
  },
  {
    action: 'CreateSymlink',
    inputs: { path: 'a', target: 'sub', force: true },
    says: 'cannot link DIR/a to DIR/sub: something that is no link has that name',
  },
  { action: 'DeleteFile', inputs: { path: 'none' }, says: 'cannot delete the file DIR/none: there is no such file' },
  { action: 'DeleteFile', inputs: { path: 'sub' }, says: 'cannot delete the file DIR/sub: it is a folder' },
  {
    action: 'DeleteFile',
    inputs: { path: '/proc/version' },
    says: /^cannot delete the file \/proc\/version: rm: cannot remove .*$/,
  },
  {
    action: 'DeleteFolder',
    inputs: { path: 'none' },
    says: 'cannot delete the folder DIR/none: there is no such folder',
  },
  { action: 'DeleteFolder', inputs: { path: 'a' }, says: 'cannot delete the folder DIR/a: it is a file, not a folder' },
  {
    action: 'DeleteFolder',
    inputs: { path: 'sub' },
    says: /^cannot delete the folder DIR\/sub \("force" is false\): rmdir: .*Directory not empty$/,
  },
  {
    action: 'DeleteFolder',
    inputs: { path: 'linked', force: true },
    says: 'cannot delete the folder DIR/linked: it is a link; delete it with DeleteFile',
  },
])('$action of $inputs fails and says why', async ({ action, inputs, says }) => {
  const folder = newFolder();
  writeFileSync(join(folder, 'a'), 'A');
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'sub/b'), 'B');
  symlinkSync('a', join(folder, 'link'));
  symlinkSync('sub', join(folder, 'linked'));
  const { code, stderr } = await runModule(folder, action, [inputs]);
  expect(code).toBe(1);
  expect(stderr.startsWith(`${action}: `)).toBe(true);
  const said = stderr.slice(action.length + 2, -1).replaceAll(folder, 'DIR');
  if (typeof says === 'string') expect(said).toBe(says);
  else expect(said).toMatch(says);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('A');
});

test('CreateFolder gives permissions and owner; the content of a folder that exists stays', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'old'));
  writeFileSync(join(folder, 'old/a'), 'A');
  chmodSync(join(folder, 'old'), 0o700);
  const { code } = await runModule(folder, 'CreateFolder', [
    { path: 'old' },
    { path: 'new/deep/', permissions: '0750', owner: user, group },
    { path: 'plain' },
  ]);
  expect(code).toBe(0);
  expect([readFileSync(join(folder, 'old/a'), 'utf8'), modeOf(join(folder, 'old'))]).toEqual(['A', '700']);
  expect([modeOf(join(folder, 'new/deep')), ownerOf(join(folder, 'new/deep'))]).toEqual(['750', ids]);
  expect([modeOf(join(folder, 'new')), modeOf(join(folder, 'plain'))]).toEqual(['755', '755']);
});

test('CreateSymlink makes parents and absolute links, and replaces a link when told to, one to a folder too', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'sub'));
  writeFileSync(join(folder, 'a'), 'A');
  symlinkSync('sub', join(folder, 'old'));
  const { code } = await runModule(folder, 'CreateSymlink', [
    { path: 'new/link', target: 'a' },
    { path: 'old', target: `${folder}/a`, force: true },
    { path: 'folder', target: 'sub/' },
  ]);
  expect(code).toBe(0);
  expect(readlinkSync(join(folder, 'new/link'))).toBe(join(folder, 'a'));
  expect(readlinkSync(join(folder, 'old'))).toBe(join(folder, 'a'));
  expect(readlinkSync(join(folder, 'folder'))).toBe(join(folder, 'sub'));
  expect(readdirSync(join(folder, 'sub'))).toEqual([]);
});

test('DeleteFile with a wildcard deletes the files and links that match, no folder, and none is no failure', async () => {
  const folder = newFolder();
  for (const name of ['a.log', '.log', 'b[.log', 'c.txt']) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'd.log'));
  symlinkSync('d.log', join(folder, 'l.log'));
  const { code } = await runModule(folder, 'DeleteFile', [{ path: `${folder}/*.log` }, { path: 'none/*' }]);
  expect([code, readdirSync(folder).toSorted()]).toEqual([0, ['c.txt', 'd.log']]);
});

test('inputs are checked before anything runs', () => {
  const said = (action: string, inputs: unknown) => readInputs(action, inputs).problems;
  expect(said('CreateFile', { path: 'a' })).toEqual([
    'wrong-type: The inputs of CreateFile must be a list, this is a mapping.',
  ]);
  expect(said('CreateFile', [])).toEqual([
    'empty-list: The inputs of CreateFile are empty; a step needs something to do.',
  ]);
  expect(said('CreateFile', [{ path: '', permission: '0644' }, { path: null }, {}])).toEqual([
    'invalid-value: "path" is ""; it must not be empty.',
    'unknown-key: An item of CreateFile has no key "permission"; did you mean "permissions"?',
    'missing-key: "path" has no value.',
    'missing-key: An item of CreateFile lacks "path".',
  ]);
  expect(said('CreateFile', [{ path: 'a', overwrite: 'yes', permissions: '0888', encoding: 'latin1' }])).toEqual([
    'invalid-value: "overwrite" is "yes"; it must be true or false.',
    'invalid-value: "permissions" is "0888"; it must be an octal number like 0644.',
    'invalid-value: "encoding" is "latin1"; it must be utf-8, utf-16, utf-32, or one of the last two with -LE or -BE.',
  ]);
  expect(said('CopyFile', [{ source: 'a*', destination: 'b' }])).toEqual([
    'invalid-value: "destination" is "b"; with a wildcard in "source" it must be a folder and end in /.',
  ]);
  expect(said('SetFileOwner', [{ path: ['a'], owner: 'root' }])).toEqual([
    'wrong-type: "path" of an item of SetFileOwner must be a string, this is a list.',
  ]);
});

test('"force" of DeleteFile, which published documents have, is ignored with a warning', () => {
  expect(readInputs('DeleteFile', [{ path: 'a', force: true }])).toMatchObject({
    problems: [],
    warnings: ['unknown-key: DeleteFile has no input "force": it is ignored.'],
  });
});

test('inputs that are known only at run time are checked then', async () => {
  const { call } = readInputs('CreateFile', [
    { path: 'a', overwrite: '{{ x.y.outputs.stdout }}', permissions: '{{ x.y.outputs.stdout }}' },
  ]);
  expect(call).toBeDefined();
  const folder = newFolder();
  for (const [value, says] of [
    ['maybe', 'CreateFile: the input "permissions" is "maybe"; it must be an octal number like 0644\n'],
    ['0644', 'CreateFile: the input "overwrite" is "0644"; it must be true or false\n'],
  ]) {
    const parts = call!.emit(
      () => [],
      ({ text }) => [{ literal: `'${text.startsWith('{{') ? value : text}'` }],
      () => {},
    );
    const script = parts.map((part) => ('literal' in part ? part.literal : '')).join('');
    const { code, stderr } = await runScript(folder, script);
    expect([code, stderr]).toEqual([1, says]);
  }
});
