// The action modules in whole documents: references as inputs, outputs for later steps, loops, conditions, reboots and time-outs, run by the driver.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkDocument } from '../../../shared/component/check-document.ts';
import { buildDocument, compileIn, newPlace, type Place, run } from '../bash-run.ts';
import { nastyNames } from './nasty-names.ts';

function place(): Place {
  const made = newPlace();
  onTestFinished(made.remove);
  return made;
}

test('outputs and inputs of steps are inputs of others, as data, whatever is in them', async () => {
  const here = place();
  const names = nastyNames.filter((name) => !name.endsWith('\n'));
  const content = names.join('\n');
  const document = buildDocument(
    {
      name: 'Create',
      action: 'CreateFile',
      inputs: [
        { path: 'one/a $(touch pwned).txt', content },
        { path: 'one/b', content: '' },
      ],
    },
    { name: 'Read', action: 'ReadFile', inputs: [{ path: '{{ build.Create.inputs[0].path }}' }] },
    {
      name: 'Again',
      action: 'CreateFile',
      inputs: [
        {
          path: 'two/{{ build.Create.inputs[1].path }}/$(touch pwned) \' "',
          content: '<{{ build.Read.outputs.content }}>',
        },
      ],
    },
    { name: 'List', action: 'ListFiles', inputs: [{ path: 'one' }] },
    {
      name: 'Print',
      action: 'ExecuteBinary',
      inputs: { path: 'printf', arguments: ['[%s]', '{{ build.List.outputs.files }}', "'"] },
    },
    { name: 'Last', action: 'CreateFile', inputs: [{ path: 'three', content: '{{build.Print.outputs.stdout}}' }] },
  );
  const { result } = await run(here, compileIn(here, document));
  expect(result?.failureMessage).toBe('');
  expect(readFileSync(join(here.directory, 'two/one/b/$(touch pwned) \' "'), 'utf8')).toBe(`<${content}>`);
  const files = `${here.directory}/one/a $(touch pwned).txt,${here.directory}/one/b`;
  expect(readFileSync(join(here.directory, 'three'), 'utf8')).toBe(`[${files}][']`);
  expect(existsSync(join(here.directory, 'pwned'))).toBe(false);
}, 30_000);

test('a hundred thousand quotes are an input like any other', async () => {
  const here = place();
  const document = buildDocument(
    { name: 'Print', inputs: { commands: ["head -c 100000 /dev/zero | tr '\\0' \"'\""] } },
    { name: 'Keep', action: 'CreateFile', inputs: [{ path: 'large', content: '{{ build.Print.outputs.stdout }}' }] },
  );
  const { result } = await run(here, compileIn(here, document));
  expect(result?.failureMessage).toBe('');
  expect(readFileSync(join(here.directory, 'large'), 'utf8') === "'".repeat(100_000)).toBe(true);
}, 30_000);

test('a loop over what was listed moves each file', async () => {
  const here = place();
  for (const name of ['a b', "it's", '-x']) writeFileSync(join(here.directory, `${name}.in`), name);
  const document = buildDocument(
    { name: 'List', action: 'ListFiles', inputs: [{ path: '.', fileNamePattern: '*.in' }] },
    {
      name: 'Move',
      action: 'MoveFile',
      loop: { forEach: { list: '{{ build.List.outputs.files }}', delimiter: ',' } },
      inputs: [{ source: '{{ loop.value }}', destination: 'out {{ loop.index }}/' }],
    },
  );
  const { result } = await run(here, compileIn(here, document));
  expect(result?.failureMessage).toBe('');
  expect([0, 1, 2].map((index) => readdirSync(join(here.directory, `out ${index}`)))).toEqual([
    ['-x.in'],
    ['a b.in'],
    ["it's.in"],
  ]);
}, 30_000);

test('a failing module says in the result what was tried and what was said', async () => {
  const here = place();
  const document = buildDocument({
    name: 'Copy',
    action: 'CopyFile',
    maxAttempts: 2,
    inputs: [{ source: 'none', destination: 'b' }],
  });
  const { result } = await run(here, compileIn(here, document));
  expect(result?.failureMessage).toBe(
    `example: step build/Copy (CopyFile) failed: exit code 1 at attempt 2 of 2; stderr ends: CopyFile: cannot copy ${here.directory}/none to ${here.directory}/b: there is no such file`,
  );
}, 30_000);

test('Assert succeeds when its operator is true, and fails when not', async () => {
  const here = place();
  const document = buildDocument(
    { name: 'Create', action: 'CreateFile', inputs: [{ path: 'a', content: '5' }] },
    { name: 'Read', action: 'ReadFile', inputs: [{ path: 'a' }] },
    {
      name: 'Holds',
      action: 'Assert',
      inputs: { and: [{ fileExists: 'a' }, { numberLessThan: 6, value: '{{ build.Read.outputs.content }}' }] },
    },
    { name: 'Fails', action: 'Assert', onFailure: 'Ignore', inputs: { folderExists: 'a' } },
  );
  const { result } = await run(here, compileIn(here, document));
  expect(result?.steps.map(({ name, status }) => [name, status])).toEqual([
    ['Create', 'success'],
    ['Read', 'success'],
    ['Holds', 'success'],
    ['Fails', 'ignoredFailure'],
  ]);
}, 30_000);

test('Reboot asks for one reboot, and the run goes on with the next step', async () => {
  const here = place();
  const document = buildDocument(
    { name: 'Before', inputs: { commands: ['echo before >>done'] } },
    { name: 'Restart', action: 'Reboot' },
    { name: 'After', inputs: { commands: ['echo after >>done'] } },
  );
  const script = compileIn(here, document);
  expect((await run(here, script)).code).toBe(194);
  expect(readFileSync(join(here.directory, 'done'), 'utf8')).toBe('before\n');
  here.reboot();
  const { code, result } = await run(here, script);
  expect([code, result?.rebootCount, result?.status]).toEqual([0, 1, 'success']);
  expect(readFileSync(join(here.directory, 'done'), 'utf8')).toBe('before\nafter\n');
}, 30_000);

test('a download over its time leaves nothing behind', async () => {
  const here = place();
  const server = createServer((_request, response) => response.writeHead(200).write('the first of many bytes'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const source = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
  const document = buildDocument({
    name: 'Slow',
    action: 'WebDownload',
    timeoutSeconds: 1,
    inputs: [{ source, destination: 'sub/a' }],
  });
  const { result } = await run(here, compileIn(here, document));
  expect(result?.failureMessage).toMatch(/^example: step build\/Slow \(WebDownload\) failed: timed out after 1 s/);
  expect(readdirSync(join(here.directory, 'sub'))).toEqual([]);
}, 30_000);

test('modules of Windows are refused with their name and place', () => {
  const step = (action: string) => ({ name: action, action, inputs: [] });
  const document = buildDocument(...['ExecutePowerShell', 'InstallMSI', 'UninstallMSI', 'SetRegistry'].map(step));
  const { diagnostics } = checkDocument(document);
  expect(diagnostics.map(({ code, message, path }) => [code, message, path.join('.')])).toEqual(
    ['ExecutePowerShell', 'InstallMSI', 'UninstallMSI', 'SetRegistry'].map((action, index) => [
      'unsupported-platform',
      `${action} runs on Windows only; this compiler makes scripts for Linux.`,
      `phases.0.steps.${index}.action`,
    ]),
  );
});
