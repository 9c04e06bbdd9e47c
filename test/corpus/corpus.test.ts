// Documents in the manner of published ones, with the idioms that a compiler must survive: they validate, compile, and do what they say.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDocument } from '../../shared/component/check-document.ts';
import { compileDocument } from '../../shared/component/compile.ts';
import { locate } from '../../shared/component/excerpt.ts';
import { compileIn, newPlace, type Place, type Run, run } from '../component/bash-run.ts';

const folder = join(import.meta.dirname, 'documents');
const names = readdirSync(folder).map((file) => file.replace('.yml', ''));
const read = (name: string) => readFileSync(join(folder, `${name}.yml`), 'utf8');
const invalid = ['powershell', 'stray-quote'];

const wrong = (name: string) => {
  const text = read(name);
  return checkDocument(text).diagnostics.map(({ code, severity, offset }) => {
    const { line, column } = locate(text, offset);
    return `${severity} ${code} ${line}:${column}`;
  });
};

describe('diagnostics', () => {
  test.each(names.filter((name) => !invalid.includes(name)))('%s has no error', (name) => {
    expect(wrong(name).filter((line) => line.startsWith('error'))).toEqual([]);
  });

  test('of modules for Windows name each module and its place', () => {
    expect(wrong('powershell')).toEqual(['error unsupported-platform 7:17', 'error unsupported-platform 12:17']);
    expect(checkDocument(read('powershell')).diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^ExecutePowerShell runs on Windows only/),
      expect.stringMatching(/^SetRegistry runs on Windows only/),
    ]);
  });

  test('of what is not YAML have the place', () => {
    expect(wrong('stray-quote')).toEqual(['error invalid-yaml 9:30']);
  });

  test('warn of names that nothing can refer to, and of phases that are never run', () => {
    expect(wrong('names-with-blanks')).toEqual(['warning unchainable-name 6:15', 'warning unchainable-name 10:15']);
    expect(wrong('json')).toEqual(['warning unrun-phase 6:14']);
  });

  test('are the same with the line ends of Windows, and without the last one', () => {
    for (const name of names) {
      const codes = (text: string) => checkDocument(text).diagnostics.map(({ code }) => code);
      expect([name, codes(read(name).replaceAll('\n', '\r\n'))]).toEqual([name, codes(read(name))]);
      expect([name, codes(read(name).trimEnd())]).toEqual([name, codes(read(name))]);
    }
  });
});

// What only the instance, or an account, can answer.
const compileOnly = ['playbook-from-a-bucket', 'secret-at-build'];

describe('scripts', () => {
  test.each(names.filter((name) => !invalid.includes(name) && name !== 'child-documents'))(
    '%s is sound bash',
    (name) => {
      const parameters = Object.fromEntries(
        (checkDocument(read(name)).document?.parameters ?? []).map((one) => [one.name, one.default ?? 'value']),
      );
      let scripts = 0;
      for (const phases of [['build', 'validate'], ['test']]) {
        const { script, diagnostics } = compileDocument(read(name), { name, phases, parameters, runKey: name });
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
        if (script === undefined) continue;
        scripts += 1;
        const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
        expect([status, stderr]).toEqual([0, '']);
      }
      expect(scripts).toBeGreaterThan(0);
    },
  );

  test('a document that cannot be looked up where it is compiled is named, with what to do', () => {
    const { script, diagnostics } = compileDocument(read('child-documents'), {
      ...{ name: 'parent', phases: ['build'], parameters: {}, runKey: 'run' },
    });
    expect(script).toBeUndefined();
    expect(diagnostics.map(({ message }) => message).join()).toContain('component/base/1.0.0/1');
  });
});

describe('runs', () => {
  let place: Place;
  beforeEach(() => {
    place = newPlace();
  });
  afterEach(() => place.remove());

  const go = (name: string, parameters: Record<string, string> = {}, phases = ['build', 'validate']) =>
    run(place, compileIn(place, read(name), { parameters, phases }), { PATH: process.env.PATH ?? '' });
  /** What the steps print by their own wish, without markers, notes and what modules say of their work. */
  const printed = ({ stdout }: Run) =>
    stdout
      .split('\n')
      .filter((line) => !/^(==>|<==|---|note: |example: |rebooting |folderExists |binaryExists |$)/.test(line));
  const ran = ({ result }: Run) => [result?.status, result?.failureMessage];

  test('values that steps find out', async () => {
    writeFileSync(join(place.directory, 'os-release'), 'NAME="Tiny Linux"\nID=tiny\n');
    const answer = await go('value-steps');
    expect(printed(answer)).toEqual([
      'tiny',
      '/opt/app/tiny',
      'not for tiny',
      '/opt/app/tiny/bin',
      'no errexit unless asked for',
      'seen in validate',
    ]);
    expect(ran(answer)).toEqual(['success', '']);
  });

  test('templates of other languages stay as they are', async () => {
    const answer = await go('other-templates', { ServerName: '{{ loop.index }} & co.' });
    expect(printed(answer)).toEqual([
      '{{ range $name, $value := .Environment }}',
      'export {{ $name }}="{{ $value | upper }}"',
      '{{- end -}}',
      "{% if ansible_os_family == 'Debian' %}{{ item['name'] }}{% endif %}",
      'server_name {{ loop.index }} & co.;',
      'format {{.ID}} {{ .Names }} {{ "text" }} {{ a b }} {{}} {{ }} {{{ x }}} }} {{',
      'outside a loop {{ loop.value }} stays',
    ]);
  });

  test('values without quotes keep their text', async () => {
    const answer = await go('plain-scalars');
    expect(printed(answer)).toEqual(['1.10 1.16.0 000123456789 2024-02-30 on 0o755 12345678901234567890 [] 1.0 True']);
    expect(ran(answer)).toEqual(['success', '']);
  });

  test('whichever package manager there is', async () => {
    const answer = await go('either-package-manager');
    expect(printed(answer)).toEqual(['bash is there']);
    expect(ran(answer)).toEqual(['success', '']);
    expect(answer.result?.steps.map(({ name, status }) => [name, status])).toEqual([
      ['WithNoSuchManager', 'skipped'],
      ['WithTheOther', 'success'],
      ['NotInProduction', 'skipped'],
      ['ToolIsThere', 'success'],
    ]);
  });

  test('a condition that aborts fails the step', async () => {
    const answer = await go('either-package-manager', { Tool: 'no-such-tool' });
    expect(answer.result?.failureMessage).toMatch(/^example: step build\/WithTheOther \(ExecuteBash\) failed: /);
    expect(printed(answer)).toEqual([]);
  });

  test('a step for each entry of a list', async () => {
    const answer = await go('each-of-a-list');
    expect(printed(answer)).toEqual([
      ...['0=first', '1=second one', '2=$(id) `id`'],
      ...["install 'tar'", "install 'gzip'", "install 'x y'"],
      ...['0:8', '1:5', '2:2', '0:8', '1:5', '2:2'],
    ]);
    expect(ran(answer)).toEqual(['success', '']);
  });

  test('one step may fail', async () => {
    const answer = await go('tolerated-failure');
    expect(printed(answer)).toEqual(['trying', 'trying', 'runs all the same']);
    expect([answer.code, answer.result?.status, answer.result?.ignoredFailedStepCount]).toEqual([0, 'success', 1]);
  });

  test('goes on after a reboot', async () => {
    const lines: string[] = [];
    const codes: (number | null)[] = [];
    let answer: Run;
    do {
      answer = await go('resume-after-reboot');
      codes.push(answer.code);
      lines.push(...printed(answer));
      place.reboot();
    } while (answer.code === 194 && codes.length < 5);
    expect(codes).toEqual([194, 194, 0]);
    expect(lines).toEqual(['before', 'back from the reboot', 'after']);
    expect(answer.result?.rebootCount).toBe(2);
  });

  describe('with a web server', () => {
    const program = '#!/bin/sh\necho "$# arguments: $1 and $2"\n';
    let server: Server;
    let source: string;
    beforeEach(async () => {
      server = createServer((_, response) => response.end(program));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/program?a=b&c=d`;
    });
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    test('a program that is downloaded, checked and run', async () => {
      const Checksum = createHash('sha256').update(program).digest('hex');
      const answer = await go('verified-download', { Source: source, Checksum });
      expect(ran(answer)).toEqual(['success', '']);
      expect(printed(answer)).toContain('it said: 2 arguments: --name and two words; $(no shell)');
    });

    test('another program than the one that was meant is not run', async () => {
      const answer = await go('verified-download', { Source: source, Checksum: '0'.repeat(64) });
      expect(answer.result?.failureMessage).toMatch(/^example: step build\/Download \(WebDownload\) failed: /);
      expect(answer.result?.steps.map(({ name }) => name)).toEqual(['Destination', 'Download']);
    });
  });

  test('files and folders', async () => {
    const answer = await go('files-and-folders');
    expect(ran(answer)).toEqual(['success', '']);
    expect(printed(answer)).toEqual([
      ...['first line', '"quoted" $HOME `id` \'single\''],
      ...['one.conf', 'zwei.conf', 'only line, and more', '750 tree/conf.d', '600 tree/conf.d/two.conf'],
    ]);
  });

  test('a document in JSON', async () => {
    expect(printed(await go('json'))).toEqual(['from JSON é']);
  });

  test('names with blanks', async () => {
    expect(printed(await go('names-with-blanks', {}, ['test']))).toEqual(['one', '“typographic” quotes']);
  });

  test('every document that needs neither an account nor a network is run here', () => {
    const run = readFileSync(import.meta.filename, 'utf8');
    const forgotten = names.filter((name) => !run.includes(`go('${name}'`));
    expect(forgotten.toSorted()).toEqual([...compileOnly, ...invalid, 'child-documents'].toSorted());
  });
});
