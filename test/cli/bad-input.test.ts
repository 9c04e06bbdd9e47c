import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bad-input-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

type Answer = { code: number | null; out: string; errors: string };

function imageBuilder(...options: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn('./image-builder', options, { env: { PATH: process.env.PATH, HOME: directory } });
    const answer: Answer = { code: null, out: '', errors: '' };
    child.stdout.on('data', (data) => {
      answer.out += data;
    });
    child.stderr.on('data', (data) => {
      answer.errors += data;
    });
    child.on('close', (code) => resolve({ ...answer, code }));
  });
}

const sound = 'name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: base/x.x.x\n';

describe('bad input: positioned errors, exit code 2, no stack trace, nothing started', () => {
  test.each([
    ['malformed YAML', 'name: [web\n', /:2:1: not YAML: /],
    [
      'an unknown key',
      `${sound}imageRecipes: {}\n`,
      /:6:1: unknown key "imageRecipes": did you mean imageRecipe\?\n {2}6 \| imageRecipes: \{\}\n {6}\^{12}\n/,
    ],
    [
      'an unknown region',
      `${sound}distributionConfiguration: { distributions: [{ region: eu-centrl-1 }] }\n`,
      /:6:56: expected a region of AWS .*did you mean eu-central-1\?.*found "eu-centrl-1"/,
    ],
    [
      'a missing component',
      `${sound}  components: [{ component: ./none.yml }]\n`,
      /:6:29: cannot read the component .*none\.yml: no such file/,
    ],
    ['a wrong type', sound.replace('name: web\nimage', 'name: { a: b }\nimage'), /:1:7: expected a text, found a map/],
    ['an empty file', '', /:1:1: expected a pipeline \(name, imageRecipe …\), found an empty file/],
    [
      'only comments',
      '# name: web\n\n  # more\n',
      /:1:1: expected a pipeline \(name, imageRecipe …\), found an empty file/,
    ],
    [
      'a megabyte of noise',
      Array.from({ length: 1_000_000 }, (_, index) => String.fromCharCode(32 + ((index * 7919) % 90))).join(''),
      /:1:1: expected at most 262144 characters/,
    ],
  ])('%s', async (name, text, message) => {
    const path = join(directory, `${name.replaceAll(' ', '-')}.yml`);
    const state = join(directory, `${name.replaceAll(' ', '-')}-state`);
    writeFileSync(path, text);
    const { code, out, errors } = await imageBuilder(
      'build',
      path,
      '--local',
      '--output',
      'json',
      '--state-dir',
      state,
    );
    expect(errors).toMatch(message);
    expect(errors).toContain('nothing was started.');
    expect(errors).not.toMatch(/^\s+at /m);
    expect([code, out]).toEqual([2, '']);
    expect(existsSync(state)).toBe(false);
  });

  test.each([
    [['build'], "error: missing required argument 'pipeline.yml'"],
    [['build', 'x.yml', '--var', 'port'], "argument 'port' is invalid. Expected name=value."],
    [['build', 'x.yml', '--output', 'xml'], 'Allowed choices are text, json.'],
    [['images', 'list', '--limit', 'all'], 'Expected a whole number from 1.'],
    [['biuld', 'x.yml'], "error: unknown command 'biuld'\n(Did you mean build?)"],
    [['build', '/dev/zero'], 'Cannot read the pipeline file /dev/zero: it has more than 1048576 bytes'],
    [['component', 'compile', '/dev/zero'], 'Cannot read the component document /dev/zero: it has more than 1048576'],
    [['build', 'nowhere.yml'], 'Cannot read the pipeline file nowhere.yml: no such file'],
  ])('%j', async (options, message) => {
    const { code, errors } = await imageBuilder(...options);
    expect(errors).toContain(message);
    expect(errors).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  test('a file that is not UTF-8: its bytes would become other characters', async () => {
    const path = join(directory, 'latin.yml');
    writeFileSync(path, Buffer.from('name: caf\u00e9\n# \u00e9\n', 'latin1'));
    for (const command of [['component', 'validate'], ['component', 'compile'], ['build']]) {
      const { code, errors } = await imageBuilder(...command, path);
      expect(errors).toMatch(/^Cannot read the (component document|pipeline file) .*: it is not UTF-8: see line 1$/m);
      expect(code).toBe(2);
    }
  });
});

describe('without a place to build', () => {
  test('AWS needs a region', async () => {
    const { code, errors } = await imageBuilder('images', 'list');
    expect(errors).toMatch(
      /Could not find the stack serverless-image-builder-dev: .*Region is missing\nSet AWS_REGION/,
    );
    expect(code).toBe(1);
  });

  test('what to type next names the state directory as a shell takes it', async () => {
    const { out } = await imageBuilder('local', 'status', '--state-dir', join(directory, "it's none"));
    expect(out).toBe(
      `No local cloud is running: \`./image-builder local start --state-dir '${join(directory, "it'\\''s none")}'\` starts one.\n`,
    );
  });

  test.each([
    ['status', { running: false }],
    ['stop', { running: false, stopped: false }],
    ['reset', { running: false, stopped: false, removed: false }],
  ])('local %s with JSON is JSON', async (command, expected) => {
    const parameters = ['--output', 'json', '--state-dir', join(directory, 'none')];
    const { code, out } = await imageBuilder('local', command, ...parameters);
    expect([code, JSON.parse(out)]).toEqual([0, expected]);
  });

  test('local logs of nothing running start nothing to say so', async () => {
    const { code, out } = await imageBuilder(
      'local',
      'status',
      '--output',
      'json',
      '--state-dir',
      join(directory, 'none'),
    );
    expect([code, JSON.parse(out)]).toEqual([0, { running: false }]);
    expect(existsSync(join(directory, 'none'))).toBe(false);
  });
});

test('--help lists the commands and exits 0', async () => {
  const { code, out } = await imageBuilder('--help');
  expect(code).toBe(0);
  for (const command of ['build', 'resources', 'images', 'logs', 'local']) expect(out).toContain(`\n  ${command} `);
});
