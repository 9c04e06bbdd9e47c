import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandError } from '../../cli/command-error.ts';
import { readRegistration } from '../../cli/pipeline/registration.ts';
import { variable } from '../../cli/pipeline/variables.ts';
import { ownRecipe } from '../model/own-parts.ts';

const document = (parameters = '') => `schemaVersion: 1.0
${parameters}phases:
  - name: build
    steps:
      - name: Hello
        action: ExecuteBash
        inputs: { commands: [echo hello] }
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registration-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string | Buffer): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function writePipeline(recipe: string): string {
  return write(
    'pipeline.yml',
    `name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: base/x.x.x\n${recipe}`,
  );
}

/** The message with the directory's name taken out, without excerpts. */
async function failure(path: string): Promise<string[]> {
  const error = await readRegistration(path, {}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  const { exitCode, message } = error as CommandError;
  expect(exitCode).toBe(2);
  return message
    .replaceAll(`${directory}/`, '')
    .split('\n')
    .filter((line) => !/^ {2}/.test(line));
}

describe('a pipeline file with all it points at', () => {
  test('becomes the input of put-resources', async () => {
    write('components/install.yml', document('parameters: [{ Port: { type: string } }]\n'));
    write('files/a.txt', 'hello');
    const path = writePipeline(
      `  components:
    - { component: components/install.yml, parameters: { Port: '1' } }
    - component: shared-one/2.x.x
    - { component: components/install.yml, parameters: { Port: '2' } }
  files: [{ source: files/a.txt, destination: /a, owner: root }]
`,
    );
    const { input, warnings } = await readRegistration(path, {});
    expect(warnings).toEqual([]);
    expect(input.components).toEqual([
      { name: 'install', semanticVersion: '1.0.0', data: document('parameters: [{ Port: { type: string } }]\n') },
    ]);
    expect(ownRecipe(input.pipeline).components).toEqual([
      { component: 'install/1.0.0', parameters: { Port: '1' } },
      { component: 'shared-one/2.x.x', parameters: {} },
      { component: 'install/1.0.0', parameters: { Port: '2' } },
    ]);
    expect(input.files).toEqual([
      { source: 'files/a.txt', destination: '/a', mode: '0644', owner: 'root', content: 'aGVsbG8=' },
    ]);
  });

  test('may be each example', async () => {
    for (const example of ['hello-web', 'hello-web-broken']) {
      const { input, warnings } = await readRegistration(`examples/${example}/pipeline.yml`, {});
      expect(warnings).toEqual([]);
      expect(input.files).toHaveLength(3);
      expect(ownRecipe(input.pipeline).components.map(({ component }) => component)).toContain('hello-web/1.0.0');
    }
  });
});

describe('problems', () => {
  test('of everything it points at are told at once, where they are', async () => {
    write(
      'components/broken.yml',
      document().replace('action: ExecuteBash', 'action: ExecuteBatch').replace('echo hello', '1'),
    );
    write('components/strict.yml', document('parameters: [{ Port: { type: string } }]\n'));
    mkdirSync(join(directory, 'files'));
    const path = writePipeline(
      `  components:
    - component: components/missing.yml
    - component: components/broken.yml
    - { component: components/strict.yml, parameters: { Prot: '1' } }
  files: [{ source: none.txt, destination: /a }, { source: files, destination: /b }]
`,
    );
    const lines = await failure(path);
    expect(lines[1]).toBe('pipeline.yml:7:18: cannot read the component components/missing.yml: no such file');
    expect(lines[0]).toMatch(/^components\/broken\.yml:6:17: .*ExecuteBatch/);
    expect(lines[2]).toMatch(/^pipeline\.yml:9:20: components\/strict\.yml: The parameter "Port" has no default/);
    expect(lines[3]).toMatch(/^pipeline\.yml:9:63: components\/strict\.yml: A value is given for the parameter "Prot"/);
    expect(lines.slice(4)).toEqual([
      'pipeline.yml:10:21: cannot read none.txt: no such file',
      'pipeline.yml:10:60: cannot read files: it is a directory',
      '6 problems; nothing was started.',
    ]);
  });

  test('of files too large give the advice', async () => {
    write('a.bin', Buffer.alloc(20_000));
    write('b.bin', Buffer.alloc(20_000));
    const path = writePipeline('  files: [{ source: a.bin, destination: /a }, { source: b.bin, destination: /b }]\n');
    expect(await failure(path)).toEqual([
      'pipeline.yml:6:57: the files up to this one have 40000 bytes, at most 32768 can be shipped with the command: put larger files into S3 and fetch them with S3Download',
      '1 problem; nothing was started.',
    ]);
  });

  test('of the pipeline file itself come with its line', async () => {
    const error = await readRegistration(write('pipeline.yml', 'name: web\ncolour: blue\u202e\n'), {}).catch(
      (thrown: Error) => thrown,
    );
    expect((error as Error).message).toContain('pipeline.yml:2:1: unknown key "colour"');
    expect((error as Error).message).toContain('  2 | colour: blue\\u{202e}\n      ^^^^^^');
  });

  test.each([
    ['nowhere.yml', 'Cannot read the pipeline file nowhere.yml: no such file'],
    ['.', 'Cannot read the pipeline file .: it is a directory'],
  ])('reading %s', async (name, message) => {
    expect(await failure(join(directory, name)).then((lines) => lines[0]!.replace(directory, '.'))).toBe(message);
  });
});

describe('--var', () => {
  test('splits at the first =', () => {
    expect(variable('b=c=d', { a: '1' })).toEqual({ a: '1', b: 'c=d' });
    expect(variable('a=', { a: '1' })).toEqual({ a: '' });
  });

  test.each(['port', '=80', ''])('refuses "%s"', (text) => {
    expect(() => variable(text, {})).toThrow('Expected name=value.');
  });
});
