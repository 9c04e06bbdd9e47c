// Functions that are bundled in one run get the files that they would get by themselves, and the same errors.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BuildOptions, build, context, type Plugin } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';

const file = '../../functions/bundle-plugins/together.cjs';
const { together } = (await import(file)).default as {
  together: (plugins: Plugin[], kind: (entry: string) => unknown) => Plugin;
};

let directory: string;
let read: string[];
const watching: Plugin = {
  name: 'watching',
  setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => void read.push(basename(path))),
};

beforeEach(() => {
  read = [];
  directory = mkdtempSync(join(tmpdir(), 'together-'));
  write('shared.ts', 'export const greeting = (name: string) => `Hello ${name}`;\nexport const unused = 1;');
  for (const name of ['one', 'two', 'three'])
    write(`${name}.ts`, `import { greeting } from './shared.ts';\nexport const handler = () => greeting('${name}');`);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
const options = (name: string, output: string, more: BuildOptions = {}): BuildOptions => ({
  ...{ entryPoints: [`${name}.ts`], outdir: join(directory, output), absWorkingDir: directory, logLevel: 'silent' },
  ...{ bundle: true, minify: true, format: 'esm', platform: 'node', outExtension: { '.js': '.mjs' } },
  ...more,
});
const plugin = (kind: (entry: string) => unknown = () => 1) => ({ plugins: [together([watching], kind)] });
const bundles = (output: string) =>
  Object.fromEntries(
    readdirSync(join(directory, output)).map((name) => [name, readFileSync(join(directory, output, name), 'utf8')]),
  );

test.each<[string, BuildOptions]>([
  ['as they are', {}],
  ['with source maps', { sourcemap: true }],
])('the same files as by themselves, each source read once: %s', async (_, more) => {
  const names = ['one', 'two', 'three'];
  for (const name of names) await build(options(name, 'alone', more));
  await Promise.all(names.map((name) => build(options(name, 'together', { ...more, ...plugin() }))));
  expect(bundles('together')).toEqual(bundles('alone'));
  expect(Object.keys(bundles('together')).length).toBe(more.sourcemap ? 6 : 3);
  expect(read.sort()).toEqual(['one.ts', 'shared.ts', 'three.ts', 'two.ts']);
});

test('those of another kind or with other options are bundled apart', async () => {
  const apart = plugin((entry) => entry.startsWith('one'));
  await Promise.all([
    ...['one', 'two', 'three'].map((name) => build(options(name, 'same', apart))),
    build(options('two', 'other', { ...apart, minify: false })),
  ]);
  expect(read.filter((name) => name === 'shared.ts').length).toBe(3);
  expect(Object.keys(bundles('same'))).toEqual(['one.mjs', 'three.mjs', 'two.mjs']);
  expect(bundles('other')['two.mjs']).toContain('\n');
});

test('one function at a time is bundled alone, with what is there now', async () => {
  await build(options('one', 'first', plugin()));
  write('shared.ts', 'export const greeting = (name: string) => `Goodbye ${name}`;');
  await build(options('one', 'second', plugin()));
  expect(bundles('first')['one.mjs']).toContain('Hello');
  expect(bundles('second')).toEqual({ 'one.mjs': expect.stringContaining('Goodbye') });
});

test('what asks for the result gets that of its own entry', async () => {
  const [one] = await Promise.all(
    ['one', 'two'].map((name) => build(options(name, 'out', { write: false, metafile: true, ...plugin() }))),
  );
  expect(one!.outputFiles!.map(({ path }) => basename(path))).toEqual(['one.mjs']);
  expect(Object.keys(one!.metafile!.inputs)).toEqual(['shared.ts', 'one.ts']);
});

test('an error is told to all of a run with its file and line', async () => {
  write('shared.ts', 'export const greeting = ;');
  mkdirSync(join(directory, 'together'));
  const ends = await Promise.allSettled(
    ['one', 'two'].map((name) => build(options(name, 'together', { ...plugin(), logLevel: 'silent' }))),
  );
  for (const end of ends)
    expect(end).toMatchObject({
      status: 'rejected',
      reason: { errors: [{ text: 'Unexpected ";"', location: { file: 'shared.ts', line: 1, column: 24 } }] },
    });
  expect(bundles('together')).toEqual({});
});

test('who rebuilds has what has changed', async () => {
  const contexts = await Promise.all(['one', 'two'].map((name) => context(options(name, 'together', plugin()))));
  try {
    await Promise.all(contexts.map((one) => one.rebuild()));
    expect(read.filter((name) => name === 'shared.ts').length).toBe(1);
    write('shared.ts', 'export const greeting = (name: string) => `Goodbye ${name}`;');
    await Promise.all(contexts.map((one) => one.rebuild()));
    for (const text of Object.values(bundles('together'))) expect(text).toContain('Goodbye');
    expect(Object.keys(bundles('together'))).toEqual(['one.mjs', 'two.mjs']);
  } finally {
    for (const one of contexts) await one.dispose();
  }
});
