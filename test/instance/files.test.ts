// The user's files on an instance: content byte for byte, mode, owner, parents; whole or not at all.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentScript } from '../../shared/component/sent-script.ts';
import { filesScript } from '../../shared/instance/files.ts';
import { newPlace, run } from '../component/bash-run.ts';

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64');

test('a file is written with its mode, its parents are made, and the log says so', async () => {
  const place = newPlace();
  const destination = join(place.directory, "srv/it's here/index.html");
  const { username } = userInfo();
  const files = [{ destination, mode: '0640', owner: username, content: base64('<p>hello</p>\n') }];
  const { code, stdout } = await run(place, filesScript({ runKey: 'files', files, host: place.host }));
  expect(code).toBe(0);
  expect(readFileSync(destination, 'utf8')).toBe('<p>hello</p>\n');
  expect(statSync(destination).mode & 0o7777).toBe(0o640);
  expect(statSync(join(place.directory, 'srv')).mode & 0o7777).toBe(0o755);
  expect(stdout).toContain(`wrote ${destination}, 13 bytes, mode 640, owner ${username}:`);
  place.remove();
});

test('mode 0644 when none is given; an existing file or link is replaced, and what a link points to stays', async () => {
  const place = newPlace();
  const [first, second, target] = ['first', 'second', 'target'].map((name) => join(place.directory, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(first, 'old');
  chmodSync(first, 0o777);
  writeFileSync(target, 'kept');
  symlinkSync(target, second);
  const files = [first, second].map((destination) => ({ destination, content: base64('new') }));
  await run(place, filesScript({ runKey: 'files', files, host: place.host }));
  expect([first, second, target].map((path) => readFileSync(path, 'utf8'))).toEqual(['new', 'new', 'kept']);
  expect(lstatSync(first).mode & 0o7777).toBe(0o644);
  expect(lstatSync(second).isFile()).toBe(true);
  place.remove();
});

test.each([
  {
    case: 'an owner that does not exist',
    file: { destination: 'x', owner: 'no-such-user' },
    reason: /chown: invalid user: 'no-such-user'.*\ncannot write .*x \(mode 0644, owner no-such-user\)\n$/s,
  },
  { case: 'a mode that is none', file: { destination: 'x', mode: 'rw' }, reason: /cannot write .*x \(mode rw\)\n$/s },
  {
    case: 'a directory in its place',
    file: { destination: 'folder' },
    reason: /folder is a directory; give the name of the file too\n$/,
  },
  {
    case: 'a parent that is a file',
    file: { destination: 'file/x' },
    reason: /mkdir: .*File exists\n$|Not a directory\n$/s,
  },
])('$case fails with the reason and leaves nothing half written', async ({ file, reason }) => {
  const place = newPlace();
  mkdirSync(join(place.directory, 'folder'));
  writeFileSync(join(place.directory, 'file'), 'kept');
  const files = [{ ...file, destination: join(place.directory, file.destination), content: base64('new') }];
  const { code, result } = await run(place, filesScript({ runKey: 'files', files, host: place.host }));
  expect(code).toBe(1);
  expect(result?.failure?.stderr).toMatch(reason);
  expect(
    readdirSync(place.directory)
      .filter((name) => !name.startsWith('script-'))
      .toSorted(),
  ).toEqual(['boot', 'file', 'folder', 'state']);
  place.remove();
});

test('any content arrives byte for byte', async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 60 }).map((text) => new TextEncoder().encode(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 5, maxLength: 20 }), async (contents) => {
      const place = newPlace();
      const files = contents.map((bytes, index) => ({
        destination: join(place.directory, `file ${index}`),
        content: base64(bytes),
      }));
      const { code } = await run(place, filesScript({ runKey: 'files', files, host: place.host }));
      expect(code).toBe(0);
      for (const [index, bytes] of contents.entries())
        expect(new Uint8Array(readFileSync(files[index]!.destination))).toEqual(bytes);
      place.remove();
    }),
    { numRuns: 5 },
  );
});

test('text is sent as text: sixty kilobytes of it fit where their base64 would not compress', () => {
  const text = Array.from(
    { length: 1400 },
    (_, index) => `<li class="item item-${index % 7}">Entry number ${index}</li>`,
  ).join('\n');
  const script = filesScript({ runKey: 'files', files: [{ destination: '/srv/index.html', content: base64(text) }] });
  expect(text.length).toBeGreaterThan(60_000);
  expect(sentScript(script).length).toBeLessThan(20_000);
});
