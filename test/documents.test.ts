// What documents, and comments, link to or name is there; what can be set is in documents.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { checkDocument } from '../shared/component/check-document.ts';
import { readPipelineFile } from '../shared/model/pipeline-file.ts';
import { readResourceFile } from '../shared/model/resource-file.ts';
import { repository, sourceFiles } from './source-files.ts';

const find = (...patterns: string[]) => globSync(patterns, { cwd: repository });
const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const documents = find('*.md', 'docs/**/*.md', 'test/**/*.md').map((path) => ({ path, text: read(path) }));
const outside = (text: string) => text.replace(/^ *```[\s\S]*?^ *```/gm, '');

/** As GitHub makes them: lower case, blanks as hyphens, nothing but letters, digits, hyphens and underscores. */
const anchors = (text: string) =>
  [...outside(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
const missing = (from: string, link: string) => {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : join(dirname(from), file);
  if (!existsSync(join(repository, target))) return true;
  return anchor !== undefined && !anchors(read(target)).includes(anchor);
};

test('files and headings that documents link to', () => {
  const broken = documents.flatMap(({ path, text }) =>
    [...outside(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((link) => !/^[a-z]+:/.test(link) && missing(path, link))
      .map((link) => `${path} links to ${link}`),
  );
  expect(documents.length).toBeGreaterThan(25);
  expect(broken).toEqual([]);
});

test('every document can be reached from README.md', () => {
  const reached = new Set<string>();
  const follow = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    const { text = '' } = documents.find((one) => one.path === path) ?? {};
    for (const [, link] of outside(text).matchAll(/\]\(([^)\s#:]+\.md)/g)) follow(join(dirname(path), link!));
  };
  follow('README.md');
  const published = documents.filter(({ path }) => path.startsWith('docs/')).map(({ path }) => path);
  expect(published.filter((path) => !reached.has(path))).toEqual([]);
});

test('paths of this repository in documents', () => {
  const folders = 'bench|cli|components|docs|events|examples|functions|local|shared|statemachines|test';
  // An example of a message or of a recipe names files of its own.
  const named = documents.flatMap(({ path, text }) =>
    [...outside(text).matchAll(new RegExp(`(?<![\\w./-])(?:${folders})/[\\w./*-]*[\\w*]`, 'g'))].map(([name]) => ({
      path,
      name,
    })),
  );
  expect(named.length).toBeGreaterThan(100);
  const there = (name: string) => find(name, `${name}*`).length > 0;
  expect(named.filter(({ name }) => !there(name)).map(({ path, name }) => `${path} names ${name}`)).toEqual([]);
});

test('functions that documents invoke, with an event that is there', () => {
  const calls = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/sls invoke .*?-f (\S+) --path (\S+?\.json)/g)].map(([, unit, event]) => ({ path, unit, event })),
  );
  expect(calls.length).toBeGreaterThan(4);
  expect(calls.filter(({ unit, event }) => find(`functions/${unit}.ts`, `${event}`).length < 2)).toEqual([]);
});

test('documents, and their sections, that sources name', () => {
  const sources = [
    ...['cli', 'local', 'shared', 'functions', 'bench', 'test'].flatMap(sourceFiles),
    ...find('*.yml', 'functions/*.yml', 'components/*.yml', 'examples/**/*.yml').map((path) => ({
      path,
      text: read(path),
    })),
  ];
  const named = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\b(docs\/[\w/-]+\.md)(?:, ([A-Za-z][a-z]+(?: [a-z]+)*)(?=\)))?/g)].map(
      ([, file = '', section]) => ({
        path,
        link: section ? `${file}#${section.toLowerCase().replaceAll(' ', '-')}` : file,
      }),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(
    named.filter(({ link }) => missing('README.md', link)).map(({ path, link }) => `${path} names ${link}`),
  ).toEqual([]);
});

test('parameters of the deployment are in docs/deploy.md', () => {
  const files = find('*.yml', 'functions/*.yml').map(read);
  const parameters = new Set(files.flatMap((text) => [...text.matchAll(/\bparam:(\w+)/g)].map(([, name]) => name!)));
  expect(parameters.size).toBeGreaterThan(10);
  const rows = read('docs/deploy.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect([...parameters].filter((name) => !rows.some((row) => row.split('|')[1]!.includes(`\`${name}\``)))).toEqual([]);
});

test.each([
  ['pipeline', 'docs/pipeline-file.md'],
  ['lifecycle-policy', 'docs/lifecycle.md'],
])('keys of a %s are in %s', (name, document) => {
  const keysIn = (node: unknown): string[] => {
    if (typeof node !== 'object' || node === null) return [];
    const { properties } = node as { properties?: object };
    return [...Object.keys(properties ?? {}), ...Object.values(node).flatMap(keysIn)];
  };
  const keys = new Set(keysIn(JSON.parse(read(`docs/schema/${name}.schema.json`))));
  expect(keys.size).toBeGreaterThan(20);
  const text = read(document);
  expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).toEqual([]);
});

test('blocks of JSON and YAML are valid, as parts of a file where they are parts', () => {
  const recipe = { name: 'web', semanticVersion: '1.0.0', parentImage: 'ami-0123456789abcdef0' };
  const problemsOf = (text: string): string[] => {
    const block = parse(text);
    // Steps of a component, or nothing but a comment.
    if (Array.isArray(block) || block === null) return [];
    if (block.phases) return checkDocument(text).diagnostics.map(({ message }) => message);
    if (block.policyDetails) return readResourceFile(text, { file: '' }).problems.map(({ message }) => message);
    const whole = block.components
      ? { name: 'web', imageRecipe: { ...recipe, ...block } }
      : { name: 'web', imageRecipe: recipe, ...block };
    return readPipelineFile(stringify(whole), { file: '' }).problems.map(({ message }) => message);
  };
  const blocks = documents.flatMap(({ path, text }) =>
    [...text.matchAll(/^ *```(json|yaml)\n([\s\S]*?)^ *```/gm)].map(([, kind, block]) => ({
      path,
      kind,
      block: block!,
    })),
  );
  const yaml = blocks.filter(({ kind, path }) => kind === 'yaml' && path !== 'docs/containers.md');
  expect(yaml.length).toBeGreaterThan(8);
  expect(yaml.flatMap(({ path, block }) => problemsOf(block).map((problem) => `${path}: ${problem}`))).toEqual([]);
  for (const { kind, path, block } of blocks) if (kind === 'json') expect(() => JSON.parse(block), path).not.toThrow();
});
