// What cannot be built is refused with a position and exit code 2, and nothing was started for it, not even a local cloud.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { groundFor } from './ground.ts';
import { imageBuilder } from './image-builder.ts';

const ground = groundFor('bad-input');
const state = join(ground.path, 'state');
afterAll(() => ground.remove());

const head = 'name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: base/x.x.x\n';
const noise = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7919 + (index >> 8)) & 0xff));

const cases: [string, string | Buffer, RegExp][] = [
  ['malformed YAML', 'name: [web\n', /pipeline\.yml:2:1: not YAML: .* end with a \]/],
  ['YAML with two documents', 'name: a\n---\nname: b\n', /pipeline\.yml:\d+:1: /],
  [
    'an unknown key',
    `${head}  component: []\n`,
    /pipeline\.yml:6:3: unknown key "component": did you mean components\?/,
  ],
  [
    'an unknown region',
    `${head}distributionConfiguration:\n  distributions:\n    - region: mars-north-1\n`,
    /pipeline\.yml:8:15: expected a region of AWS such as eu-central-1.*found "mars-north-1"/,
  ],
  [
    'a missing component',
    `${head}  components:\n    - component: components/none.yml\n`,
    /pipeline\.yml:7:18: cannot read the component .*components\/none\.yml: no such file/,
  ],
  [
    'a component that is not one',
    `${head}  components:\n    - component: ./pipeline.yml\n`,
    /pipeline\.yml:\d+:\d+: .*\n/,
  ],
  [
    'a wrong type',
    head.replace('semanticVersion: 1.0.0', 'semanticVersion: [1]'),
    /pipeline\.yml:4:20: expected a text, found a list/,
  ],
  ['an empty file', '', /pipeline\.yml:1:1: expected a pipeline .*, found an empty file/],
  ['only comments', '# nothing\n', /pipeline\.yml:1:1: expected a pipeline .*, found an empty file/],
  ['a list', '- a\n', /pipeline\.yml:1:1: expected /],
  ['a megabyte of noise', noise, /pipeline\.yml(?::1:1)?: /],
  [
    'a binary file',
    Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\xff\xfe', 'latin1'),
    /pipeline\.yml(?::1:\d+)?: /,
  ],
];

describe('bad input starts nothing', () => {
  test.for(cases)('%s', async ([name, content, expected]) => {
    const directory = join(ground.path, name.replaceAll(' ', '-'));
    mkdirSync(directory);
    writeFileSync(join(directory, 'pipeline.yml'), content);
    const { code, out, errors } = await imageBuilder(['build', 'pipeline.yml', '--local', '--state-dir', state], {
      cwd: directory,
    });
    expect(errors).toMatch(expected);
    expect([code, out]).toEqual([2, '']);
    expect(errors).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(errors.length).toBeLessThan(4000);
    // Nothing that a terminal would take for a command.
    expect(errors).not.toMatch(/[^\P{Cc}\n]/u);
    expect(existsSync(state)).toBe(false);
  });

  test.for([
    ['an empty folder', 'empty', /[Nn]othing to register|[Nn]o pipeline/],
    ['a missing file', 'none.yml', /no such file/],
    ['a path through a file', 'file/none.yml', /./],
  ] as const)('%s instead of a file', async ([, path, expected]) => {
    writeFileSync(join(ground.path, 'file'), '');
    mkdirSync(join(ground.path, 'empty'), { recursive: true });
    const { code, errors } = await imageBuilder(['build', path, '--local', '--state-dir', state], { cwd: ground.path });
    expect(errors).toMatch(expected);
    expect(errors.trim().split('\n').length).toBeLessThan(3);
    expect(code).toBe(2);
    expect(existsSync(state)).toBe(false);
    rmSync(join(ground.path, 'file'));
  });

  test('a variable that the file does not have', async () => {
    const parameters = ['build', 'examples/hello-web/pipeline.yml', '--var', 'prot=1', '--local', '--state-dir', state];
    const { code, errors } = await imageBuilder(parameters);
    expect(errors).toMatch(/prot.*did you mean port|no variable.*prot/s);
    expect(code).toBe(2);
    expect(existsSync(state)).toBe(false);
  });
});
