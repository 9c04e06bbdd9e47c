// What a step prints arrives byte for byte, however long it is, whatever is in it and however it is timed: short outputs are read by bash, others by programs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bash, buildDocument, compileIn, newPlace, runDocument, start } from './bash-run.ts';

/** What a step's stdout holds in the log, and what a later step gets of it, for these commands. */
async function streamOf(commands: string[]): Promise<{ shown: string; kept: string }> {
  const place = newPlace();
  const keep = {
    name: 'Keep',
    action: 'CreateFile',
    inputs: [{ path: 'kept', content: '{{ build.Print.outputs.stdout }}' }],
  };
  const running = start(place, compileIn(place, buildDocument(bash('Print', commands), keep)));
  const { result } = await running.done;
  expect(result?.status).toBe('success');
  const [, shown = ''] = /^==> build\/Print .*\n([\s\S]*?)\n?<== build\/Print /m.exec(running.stdout()) ?? [];
  const kept = readFileSync(join(place.directory, 'kept'), 'latin1');
  place.remove();
  return { shown, kept };
}

const print = (length: number, end = '') => `printf 'x%.0s' {1..${length}}${end && `; printf '${end}'`}`;
const x = (length: number) => 'x'.repeat(length);
const slow = 'sleep 0.3';

test.concurrent.each([
  ['nothing', ['true'], '', ''],
  ['one byte less than bash reads', [print(3999)], x(3999), x(3999)],
  ['as much as bash reads', [print(4000)], x(4000), x(4000)],
  ['one byte more', [print(4001)], x(4001), x(4001)],
  ['as much, and a newline', [print(4000, '\\n')], x(4000), x(4000)],
  ['as much as a variable takes', [print(4095)], x(4095), x(4095)],
  ['one byte more than that', [print(4096)], x(4096), x(4096)],
  ['more than a pipe holds', [print(70_000)], x(70_000), x(70_000)],
  ['NUL alone', [`printf '\\0'`], '\0', ''],
  ['NUL between', [`printf 'a\\0b'`], 'a\0b', 'ab'],
  ['NUL at the last byte that bash reads', [print(3999, '\\0b')], `${x(3999)}\0b`, `${x(3999)}b`],
  ['NUL behind it', [print(4000, '\\0b')], `${x(4000)}\0b`, `${x(4000)}b`],
  ['a half line, and the rest later', ['printf half', slow, 'printf line'], 'halfline', 'halfline'],
  ['nothing at first', [slow, 'printf late'], 'late', 'late'],
  ['NUL at first, the rest later', [`printf 'a\\0'`, slow, 'printf b'], 'a\0b', 'ab'],
  ['a character in two parts', [`printf '\\303'`, slow, `printf '\\251'`], '\xc3\xa9', '\xc3\xa9'],
  ['bytes that are no UTF-8', [`printf '\\377\\200a'`], '\xff\x80a', '\xff\x80a'],
  [
    'a byte at a time over the end of the wait',
    ['for i in {1..150}; do printf "$i,"; sleep 0.002; done'],
    ...counted(150),
  ],
])('%s', async (_, commands, shown, kept) => {
  expect(await streamOf(commands)).toMatchObject({ shown, kept });
});

test.concurrent.each([
  ['short', []],
  ['long', [slow, 'echo more']],
])('an output that cannot be kept ends the run: a %s one', async (_, more) => {
  const full = bash('Full', ['ln -s /dev/full "$IMAGE_BUILDER_OUTPUTS/stdout"', 'echo value', ...more]);
  const { code, result } = await runDocument(
    buildDocument(full, bash('Use', ['echo "{{ build.Full.outputs.stdout }}"'])),
  );
  expect(code).toBe(1);
  expect(result?.failureMessage).toMatch(
    /^example: step build\/Full \(ExecuteBash\); cannot write .*\/outputs\/stdout: is the disk full\?$/,
  );
});

function counted(count: number): [string, string] {
  const text = Array.from({ length: count }, (_, index) => `${index + 1},`).join('');
  return [text, text];
}
