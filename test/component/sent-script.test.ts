// A script as Run Command gets it: small, free of `{{`, and the same when it runs.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { sentLimit, sentScript } from '../../shared/component/sent-script.ts';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

test('a sent script is ASCII, starts with #!/bin/bash, has no {{ and is the same each time', () => {
  const place = newPlace();
  const script = compileIn(place, buildDocument(bash('Print', ["echo '{{ .Go }} é'"])));
  const sent = sentScript(script, place.host);
  expect(sent).toMatch(/^#!\/bin\/bash\n[\x20-\x7e\n]*$/);
  expect(sent).not.toContain('{{');
  expect(sentScript(script, place.host)).toBe(sent);
  expect(sent.length).toBeLessThan(16_000);
  place.remove();
});

test('a sent script runs the script, keeps it readable on the instance, and leaves exit 194 and the result as they are', async () => {
  const place = newPlace();
  const script = compileIn(
    place,
    buildDocument(bash('Reboots', ['[[ -e again ]] && exit 0', ': >again', 'echo "{{ .Go }}"', 'exit 194'])),
  );
  const sent = sentScript(script, place.host);
  const first = await run(place, sent);
  expect(first).toMatchObject({ code: 194, stderr: '' });
  expect(first.stdout).toContain('{{ .Go }}');
  const scripts = join(place.host.stateDirectory, 'scripts');
  expect(readdirSync(scripts).map((name) => readFileSync(join(scripts, name), 'utf8'))).toEqual([script]);
  place.reboot();
  const second = await run(place, sent);
  expect(second.result?.status).toBe('success');
  place.remove();
});

test('a sent script that cannot be unpacked says so with a result', async () => {
  const place = newPlace();
  const host = { ...place.host, stateDirectory: '/dev/null/state' };
  const { code, result, stdout } = await run(place, sentScript('true', host));
  expect(code).toBe(1);
  expect(stdout).toContain("cannot create directory '/dev/null'");
  expect(result?.failureMessage).toMatch(
    /^the script could not be unpacked to \/dev\/null\/state\/scripts\/[0-9a-f]{32}: see the output$/,
  );
  place.remove();
});

test('without a host of its own a script keeps its state under /var/lib/image-builder, and names no other place', () => {
  const { script = '' } = compileDocument(buildDocument(bash('One', ['true'])), {
    name: 'example',
    phases: ['build'],
    parameters: {},
    runKey: 'key',
  });
  expect(script).toContain('state_directory=/var/lib/image-builder\n');
  expect(script).toContain('working_directory=/tmp\n');
  expect(sentScript(script)).toContain('directory=/var/lib/image-builder/scripts\n');
});

test('a document whose script is too long when sent is refused with its size', () => {
  const noise = Array.from({ length: 900 }, (_, index) =>
    createHash('sha256').update(`${index}`).digest('base64'),
  ).join('\n');
  const { script, diagnostics } = compileDocument(buildDocument(bash('Big', [noise])), {
    name: 'example',
    phases: ['build'],
    parameters: {},
    runKey: 'key',
  });
  expect(script === undefined).toBe(true);
  expect(diagnostics).toMatchObject([{ code: 'script-too-large', severity: 'error' }]);
  expect(diagnostics[0]?.message).toMatch(
    new RegExp(`^The script of this document has \\d{5} bytes as sent to the instance; ${sentLimit} are possible\\.`),
  );
});

test('a document without a step in the asked phases has no script and no problem', () => {
  const document = JSON.stringify({
    schemaVersion: '1.0',
    phases: [{ name: 'test', steps: [{ name: 'One', action: 'ExecuteBash', inputs: { commands: ['true'] } }] }],
  });
  expect(
    compileDocument(document, { name: 'example', phases: ['build', 'validate'], parameters: {}, runKey: 'key' }),
  ).toEqual({ steps: 0, diagnostics: [] });
});
