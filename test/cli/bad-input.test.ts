import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

/** No stack trace, and nothing that a terminal would take for a command. */
function expectFewWords(errors: string): void {
  expect(errors).not.toMatch(/^\s+at /m);
  expect(errors.length).toBeLessThan(4000);
  expect(errors).not.toMatch(/[^\P{Cc}\n]/u);
}

const sound = 'name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: base/x.x.x\n';

const noise = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7919 + (index >> 8)) & 0xff));

describe('bad input: positioned errors, exit code 2, no stack trace, nothing started', () => {
  const files: [string, string | Buffer, RegExp][] = [
    ['malformed YAML', 'name: [web\n', /pipeline\.yml:2:1: not YAML: .* end with a \]/],
    ['YAML with two documents', 'name: a\n---\nname: b\n', /pipeline\.yml:\d+:1: /],
    [
      'an unknown key',
      `${sound}imageRecipes: {}\n`,
      /pipeline\.yml:6:1: unknown key "imageRecipes": did you mean imageRecipe\?\n {2}6 \| imageRecipes: \{\}\n {6}\^{12}\n/,
    ],
    [
      'an unknown key further in',
      `${sound}  component: []\n`,
      /pipeline\.yml:6:3: unknown key "component": did you mean components\?/,
    ],
    [
      'an unknown region',
      `${sound}distributionConfiguration: { distributions: [{ region: eu-centrl-1 }] }\n`,
      /pipeline\.yml:6:56: expected a region of AWS such as eu-central-1.*did you mean eu-central-1\?.*found "eu-centrl-1"/,
    ],
    [
      'a region like no other',
      `${sound}distributionConfiguration:\n  distributions:\n    - region: mars-north-1\n`,
      /pipeline\.yml:8:15: expected a region of AWS such as eu-central-1.*found "mars-north-1"/,
    ],
    [
      'a missing component',
      `${sound}  components: [{ component: components/none.yml }]\n`,
      /pipeline\.yml:6:29: cannot read the component .*components\/none\.yml: no such file/,
    ],
    [
      'a component that is not one',
      `${sound}  components:\n    - component: ./pipeline.yml\n`,
      /pipeline\.yml:\d+:\d+: .*\n/,
    ],
    [
      'a map for a text',
      sound.replace('name: web\nimage', 'name: { a: b }\nimage'),
      /pipeline\.yml:1:7: expected a text, found a map/,
    ],
    [
      'a list for a text',
      sound.replace('semanticVersion: 1.0.0', 'semanticVersion: [1]'),
      /pipeline\.yml:4:20: expected a text, found a list/,
    ],
    ['an empty file', '', /pipeline\.yml:1:1: expected a pipeline \(name, imageRecipe …\), found an empty file/],
    [
      'only comments',
      '# name: web\n\n  # more\n',
      /pipeline\.yml:1:1: expected a pipeline \(name, imageRecipe …\), found an empty file/,
    ],
    ['a list', '- a\n', /pipeline\.yml:1:1: expected /],
    [
      'a megabyte of text',
      Array.from({ length: 1_000_000 }, (_, index) => String.fromCharCode(32 + ((index * 7919) % 90))).join(''),
      /pipeline\.yml:1:1: expected at most 262144 characters/,
    ],
    ['a megabyte of noise', noise, /pipeline\.yml(?::1:1)?: /],
    [
      'a binary file',
      Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\xff\xfe', 'latin1'),
      /pipeline\.yml(?::1:\d+)?: /,
    ],
  ];
  test.for(files)('%s', async ([name, content, message]) => {
    const folder = join(directory, name.replaceAll(' ', '-'));
    mkdirSync(folder);
    const [path, state] = [join(folder, 'pipeline.yml'), join(folder, 'state')];
    writeFileSync(path, content);
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
    expect([code, out]).toEqual([2, '']);
    expectFewWords(errors);
    if (typeof content === 'string') expect(errors).toContain('nothing was started.');
    expect(existsSync(state)).toBe(false);
  });

  test.for([
    ['an empty folder', 'empty', /[Nn]othing to register|[Nn]o pipeline/],
    ['a missing file', 'none.yml', /no such file/],
    ['a path through a file', 'file/none.yml', /./],
  ] as const)('%s instead of a file', async ([, path, message]) => {
    writeFileSync(join(directory, 'file'), '');
    mkdirSync(join(directory, 'empty'), { recursive: true });
    const state = join(directory, 'no-state');
    const { code, errors } = await imageBuilder('build', join(directory, path), '--local', '--state-dir', state);
    expect(errors).toMatch(message);
    expect(errors.trim().split('\n').length).toBeLessThan(3);
    expect(code).toBe(2);
    expect(existsSync(state)).toBe(false);
  });

  test('a variable that the file does not have', async () => {
    const state = join(directory, 'no-state');
    const parameters = ['build', 'examples/hello-web/pipeline.yml', '--var', 'prot=1', '--local', '--state-dir', state];
    const { code, errors } = await imageBuilder(...parameters);
    expect(errors).toMatch(/prot.*did you mean port|no variable.*prot/s);
    expect(code).toBe(2);
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
