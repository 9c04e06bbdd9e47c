import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'component-documents-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

type Answer = { code: number | null; out: string; errors: string };

function component(...options: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn('./image-builder', ['component', ...options], { env: { PATH: process.env.PATH } });
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

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const step = (action: string, more = '') =>
  `schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Only\n        action: ${action}\n        inputs: {commands: [true]}\n${more}`;
const sound = () => file('sound.yml', step('ExecuteBash'));
const windows = () => file('windows.yml', step('ExecutePowerShell'));
const greeting = () =>
  file(
    'greeting.yml',
    'schemaVersion: 1.0\nparameters:\n  - Who: {type: string}\nphases:\n' +
      '  - name: build\n    steps:\n      - {name: Greet, action: ExecuteBash, inputs: {commands: ["echo \'{{ Who }}\' $PWD"]}}\n' +
      '  - name: test\n    steps:\n      - {name: Test, action: ExecuteBash, inputs: {commands: [echo tested]}}\n',
  );

describe('component validate', () => {
  test('of a valid document says so', async () => {
    const path = sound();
    expect(await component('validate', path)).toEqual({ code: 0, out: `${path}: valid\n`, errors: '' });
  });

  test('shows each problem with its place, of all documents', async () => {
    const [good, bad] = [sound(), windows()];
    const { code, out } = await component('validate', good, bad);
    const [first, problem, excerpt, carets, verdict, total] = out.split('\n');
    expect(first).toBe(`${good}: valid`);
    expect(problem).toMatch(
      new RegExp(`^${bad}:6:17: error: ExecutePowerShell runs on Windows only; .* \\[unsupported-platform\\]$`),
    );
    expect([excerpt, carets]).toEqual([
      '  6 |         action: ExecutePowerShell',
      `${' '.repeat(22)}^^^^^^^^^^^^^^^^^`,
    ]);
    expect([verdict, total]).toEqual([`${bad}: invalid: 1 error`, '2 documents: 1 valid, 1 invalid']);
    expect(code).toBe(2);
  });

  test('exits with 0 when there are only warnings', async () => {
    const path = file('warning.yml', step('ExecuteBash').replace('name: Only', 'name: Two words'));
    const { code, out } = await component('validate', path);
    expect(out).toContain(':5:15: warning: ');
    expect(out).toContain(`${path}: valid: 1 warning\n`);
    expect(code).toBe(0);
  });

  test('gives one JSON object for each document', async () => {
    const [good, bad] = [sound(), windows()];
    const { code, out } = await component('validate', '--output', 'json', good, bad);
    const [first, second, ...rest] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toEqual({ file: good, diagnostics: [] });
    const diagnostic = { code: 'unsupported-platform', severity: 'error', line: 6, column: 17 };
    expect(second).toEqual({
      file: bad,
      diagnostics: [{ ...diagnostic, message: expect.stringContaining('ExecutePowerShell runs on Windows only') }],
    });
    expect([code, rest]).toEqual([2, []]);
  });

  test('goes on behind a document that cannot be read, one that is no text, and one with escape sequences', async () => {
    const noise = file('noise.yml', `\x00\x01${'\x1b[31m: - '.repeat(50)}`);
    const { code, out, errors } = await component('validate', join(directory, 'none.yml'), noise, sound());
    expect(errors).toMatch(/^Cannot read the component document .*none\.yml: no such file\n$/);
    expect(out).not.toContain('\x1b');
    expect(out).toMatch(/noise\.yml:1:\d+: error: .*\n[\s\S]*sound\.yml: valid\n3 documents: 1 valid, 2 invalid\n$/);
    expect(code).toBe(2);
    const json = await component('validate', '--output', 'json', join(directory, 'none.yml'));
    expect([json.code, JSON.parse(json.out).diagnostics[0].code]).toEqual([2, 'unreadable-file']);
  });

  test('finds a document that is too large for Run Command, whose parameters are yet to come', async () => {
    const digest = (index: number) => createHash('sha512').update(`${index}`).digest('base64');
    const random = Array.from({ length: 650 }, (_, index) => digest(index)).join('');
    const path = file(
      'large.yml',
      step('ExecuteBash')
        .replace('[true]', `['{{ Who }}', '${random}']`)
        .replace('phases:', 'parameters: [{Who: {type: string}}]\nphases:'),
    );
    const { code, out } = await component('validate', path);
    expect(out).toContain('[script-too-large]');
    expect(code).toBe(2);
  });
});

describe('component compile', () => {
  test('prints a script that bash accepts, the same each time', async () => {
    const { code, out, errors } = await component(
      'compile',
      greeting(),
      '--parameters',
      'Who=a=b, c',
      '--phases',
      'build',
    );
    expect([code, errors]).toEqual([0, '']);
    expect(out).toMatch(/^#!\/bin\/bash\n# greeting: /);
    expect(out).toContain('a=b, c');
    expect(out).not.toContain('echo tested');
    expect(spawnSync('bash', ['-n'], { input: out }).status).toBe(0);
    const again = await component('compile', greeting(), '--parameters', 'Who=a=b, c', '--phases', 'build');
    expect(again.out).toBe(out);
  });

  test('takes all phases when none are named; --sent prints what Run Command gets', async () => {
    const { out } = await component('compile', greeting(), '--parameters', 'Who=you');
    expect(out).toContain('echo tested');
    const sent = await component('compile', greeting(), '--parameters', 'Who=you', '--sent');
    expect(sent.out).toMatch(/^#!\/bin\/bash\n/);
    expect(sent.out).not.toContain('echo tested');
    expect(spawnSync('bash', ['-n'], { input: sent.out }).status).toBe(0);
  });

  test.each([
    [
      [],
      / has no default and was given no value; .*\[missing-parameter\]\n.*\n.*\n1 problem; nothing was started\.\n$/,
    ],
    [
      ['--parameters', 'Who=you', '--parameters', 'Whom=me'],
      /^--parameters Whom=…: error: A value is given for the parameter "Whom".*\[undeclared-parameter\]\n/,
    ],
    [['--parameters', 'Who'], /Expected name=value\./],
    [['--phases', 'build,'], /Expected names with commas between them\./],
  ])('refuses values that do not fit: %j', async (options, message) => {
    const { code, out, errors } = await component('compile', greeting(), ...options);
    expect(errors).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  test('of a document without a step in the phases says that there is no script', async () => {
    const { code, out, errors } = await component('compile', sound(), '--phases', 'test');
    expect(errors).toMatch(/^warning: .*sound\.yml has no phase test: .*\n.*there is no script\.\n$/);
    expect([code, out]).toEqual([0, '']);
  });
});

describe('component run', () => {
  test('without --local runs nothing', async () => {
    const { code, out, errors } = await component('run', sound());
    expect(errors).toMatch(/^component run needs --local: /);
    expect([code, out]).toEqual([2, '']);
  });

  test('has no option to run on this machine', async () => {
    const { code, errors } = await component('run', sound(), '--on-host');
    expect(errors).toContain("unknown option '--on-host'");
    expect(code).toBe(2);
  });

  test.each([
    ['an invalid document', () => [windows()], /\[unsupported-platform\]\n[\s\S]*1 problem; nothing was started\.\n$/],
    ['no step to run', () => [sound(), '--phases', 'test'], /there is nothing to run\.\n$/],
  ])('of %s starts no local cloud', async (_, options, message) => {
    const state = join(directory, 'state');
    const { code, out, errors } = await component('run', ...options(), '--local', '--state-dir', state);
    expect(errors).toMatch(message);
    expect([code, out]).toEqual([2, '']);
    expect(spawnSync('test', ['-e', state]).status).toBe(1);
  });
});
