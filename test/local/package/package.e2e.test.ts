import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readZip } from '../../../local/lambda-host/zip.ts';
import { packageStack } from '../../../local/package/package.ts';
import { hashSources } from '../../../local/package/sources.ts';

const fixture = new URL('../fixtures/stack', import.meta.url).pathname;
const modules = new URL('../../../node_modules', import.meta.url).pathname;
let directory: string;
let repository: string;
let stateDirectory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'package-'));
  repository = join(directory, 'repository');
  stateDirectory = join(directory, 'state');
  cpSync(fixture, repository, { recursive: true });
  symlinkSync(modules, join(repository, 'node_modules'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A copy of the fixture with one file replaced. */
const changed = (name: string, file: string, content: string): string => {
  const copy = join(directory, name);
  cpSync(fixture, copy, { recursive: true });
  symlinkSync(modules, join(copy, 'node_modules'));
  mkdirSync(join(copy, file, '..'), { recursive: true });
  writeFileSync(join(copy, file), content);
  return copy;
};

test('the stack is packaged once, for all who ask at a time, and the sources stay as they were', async () => {
  const said: string[] = [];
  const progress = (line: string) => said.push(line);
  const [one, two] = await Promise.all([
    packageStack({ repository, stateDirectory, progress }),
    packageStack({ repository, stateDirectory, progress }),
  ]);
  expect(one.template).toBe(two.template);
  expect(said.filter((line) => line.includes('Packaging fixture for stage local')).length).toBe(1);
  expect(readdirSync(repository).sort()).toEqual([
    'functions',
    'node_modules',
    'package.json',
    'serverless.yml',
    'statemachines',
  ]);

  const again = await packageStack({
    repository,
    stateDirectory,
    progress: () => expect.unreachable('it is packaged'),
  });
  expect(again).toMatchObject({ cached: true, hash: one.hash, template: one.template });
}, 120_000);

test('what the packager leaves in the temporary directory goes with its work', async () => {
  const copy = join(directory, 'leaving');
  cpSync(fixture, copy, { recursive: true });
  const serverless = join(copy, 'node_modules', 'serverless');
  mkdirSync(join(serverless, 'bin'), { recursive: true });
  writeFileSync(join(serverless, 'package.json'), '{"name":"serverless"}');
  writeFileSync(join(copy, 'package-lock.json'), '{"of":"leaving"}');
  writeFileSync(
    join(serverless, 'bin', 'serverless.js'),
    `const { mkdirSync, mkdtempSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const output = process.argv.at(-1);
mkdirSync(output);
writeFileSync(join(output, 'cloudformation-template-update-stack.json'), '{}');
console.log('left ' + mkdtempSync(join(require('node:os').tmpdir(), 'function-')));`,
  );
  const said: string[] = [];
  await packageStack({ repository: copy, stateDirectory, progress: (line) => said.push(line) });
  expect(said).toEqual([
    'Packaging the stack (once per change)…',
    expect.stringMatching(`^left ${stateDirectory}/package/new-`),
  ]);
  expect(existsSync(said[1]!.replace('left ', ''))).toBe(false);
  expect(readdirSync(join(stateDirectory, 'package')).filter((name) => name.startsWith('new-'))).toEqual([]);
});

test('the template names zips that hold the bundled functions', async () => {
  const { template, artifacts } = await packageStack({ repository, stateDirectory });
  const resources = template.Resources as Record<
    string,
    { Type: string; Properties: { Code: { S3Key: string }; Handler: string } }
  >;
  const greet = resources.GreetLambdaFunction?.Properties;
  expect(greet?.Handler).toBe('functions/greet.handler');
  const files = readZip(readFileSync(artifacts(greet?.Code.S3Key ?? '')));
  expect(files.map(({ name }) => name)).toEqual(['functions/greet.mjs']);
  expect(files[0]?.content.toString()).toContain('asked to fail with');
  expect(() => artifacts('serverless/x/nobody.zip')).toThrow("the package of the stack has no 'nobody.zip'");
}, 120_000);

test('a function that cannot be bundled is an error with the bundler’s words, not a hang', async () => {
  const broken = changed(
    'broken',
    'functions/greet.ts',
    `import { gone } from './gone.ts';\nexport const handler = gone;\n`,
  );
  const before = Date.now();
  const failure = await packageStack({ repository: broken, stateDirectory }).catch((error: Error) => error.message);
  expect(failure).toContain("packaging the stack with 'serverless package' failed: it reported an error");
  expect(failure).toContain('Could not resolve "./gone.ts"');
  expect(failure).toContain('functions/greet.ts:1:21');
  expect(failure).not.toMatch(/^\s+at /m);
  expect(Date.now() - before).toBeLessThan(20_000);
  const left = execFileSync('ps', ['-eo', 'args']).toString().split('\n');
  expect(left.filter((line) => line.includes(directory) || line.includes(join(stateDirectory, 'package')))).toEqual([]);
}, 120_000);

test('a configuration that is wrong is an error with the packager’s words', async () => {
  const wrong = changed(
    'wrong',
    'serverless.yml',
    'service: fixture\nprovider: { name: aws, runtime: nodejs24.x }\nfunctions: { a: { handlr: x } }\nconfigValidationMode: error\n',
  );
  await expect(packageStack({ repository: wrong, stateDirectory })).rejects.toThrow(/failed: .*\n[\s\S]*handlr/);
}, 120_000);

test.each([
  ['a function', 'functions/greet.ts', 'export const handler = async () => 1;'],
  ['a new file', 'shared/new/more.ts', 'export const more = 1;'],
  ['the configuration', 'serverless.yml', 'service: other'],
  ['the machine', 'statemachines/greeting.asl.json', '{}'],
  ['the lock file', 'package-lock.json', '{}'],
])('%s changes the key', async (what, file, content) => {
  const copy = changed(`key ${what}`, file, content);
  expect(await hashSources(copy, 'local')).not.toBe(await hashSources(repository, 'local'));
});

test('the key is of content, not of place, and of the stage', async () => {
  const copy = changed('same', 'notes.txt', 'not a source');
  expect(await hashSources(copy, 'local')).toBe(await hashSources(repository, 'local'));
  expect(await hashSources(copy, 'dev')).not.toBe(await hashSources(repository, 'local'));
});
