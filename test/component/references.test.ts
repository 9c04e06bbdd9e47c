// References at run time: stdout of earlier steps arrives as it was printed, and what cannot arrive fails the step that asks.
import { expect, test } from 'vitest';
import { bash, buildDocument, runDocument } from './bash-run.ts';

test('the stdout of an earlier step arrives without its trailing newlines, also by index and without blanks', async () => {
  const { result } = await runDocument(
    buildDocument(
      bash('Name', ['printf "a  b\\n\\nc\\n\\n\\n"']),
      bash('Use', ["cat <<'END'", '[{{ build.Name.outputs.stdout }}][{{build.Name.outputs[0].stdout}}]', 'END']),
    ),
  );
  expect(result?.output).toBe('[a  b\n\nc][a  b\n\nc]\n');
});

test('only stdout is an output: stderr stays out of it', async () => {
  const { result } = await runDocument(
    buildDocument(
      bash('Name', ['echo value; echo noise >&2']),
      bash('Use', ["echo '<{{ build.Name.outputs.stdout }}>'"]),
    ),
  );
  expect(result?.output).toBe('<value>\n');
});

test('one megabyte arrives; more fails the step that refers to it, by name', async () => {
  const million = await runDocument(
    buildDocument(
      bash('Big', ['head -c 1048576 /dev/zero | tr "\\0" x']),
      bash('Use', ['wc -c <<END', '{{ build.Big.outputs.stdout }}', 'END']),
    ),
  );
  expect(million.result?.output).toBe('1048577\n');
  const more = await runDocument(
    buildDocument(
      bash('Big', ['head -c 1048577 /dev/zero | tr "\\0" x']),
      bash('Use', [': {{ build.Big.outputs.stdout }}']),
    ),
  );
  expect(more.result?.failureMessage).toBe(
    'example: step build/Use (ExecuteBash) failed: refers to the output stdout of build/Big, which is longer than 1048576 bytes',
  );
});

test('the output of a step that failed and was ignored fails the step that refers to it', async () => {
  const { result } = await runDocument(
    buildDocument(
      bash('Gone', ['echo x; exit 1'], { onFailure: 'Ignore' }),
      bash('Use', ['echo {{ build.Gone.outputs.stdout }}']),
    ),
  );
  expect(result?.failureMessage).toBe(
    'example: step build/Use (ExecuteBash) failed: refers to the output stdout of build/Gone, which did not succeed',
  );
});

test('the output of a repeated step is that of its successful attempt', async () => {
  const place = ['echo x >>tries', 'wc -l <tries', '(($(wc -l <tries) == 2))'];
  const { result } = await runDocument(
    buildDocument(bash('Retry', place, { maxAttempts: 2 }), bash('Use', ["echo '<{{ build.Retry.outputs.stdout }}>'"])),
  );
  expect(result?.output).toBe('<2>\n');
});

test('text that is no reference stays as it is', async () => {
  const text = '{{ .Names }} {{ $x }} {{ item.name }} {{ loop.value }} {{ a b }} {{"x"}} {{ }} {{x}} }} {{';
  const { result } = await runDocument(buildDocument(bash('Print', ["cat <<'END'", text, 'END'])));
  expect(result?.output).toBe(`${text}\n`);
});

test('a reference inside three braces leaves one pair', async () => {
  const document = JSON.stringify({
    schemaVersion: 1,
    parameters: [{ Port: { type: 'string', default: 'PORT' } }],
    phases: [
      {
        name: 'build',
        steps: [{ name: 'Print', action: 'ExecuteBash', inputs: { commands: ["echo '${{{ Port }}}'"] } }],
      },
    ],
  });
  expect((await runDocument(document)).result?.output).toBe('${PORT}\n');
});

test('plain scalars keep their source text', async () => {
  const document = `
schemaVersion: 1.0
parameters:
  - Version: {type: string, default: 1.10}
  - Account: {type: string, default: 012345678901}
  - Flag: {type: string, default: yes}
constants:
  - Ratio: {type: string, value: 1.0}
phases:
  - name: build
    steps:
      - name: Print
        action: ExecuteBash
        inputs:
          commands:
            - echo {{ Version }} {{ Account }} {{ Flag }} {{ Ratio }}
            - true
`;
  expect((await runDocument(document)).result?.output).toBe('1.10 012345678901 yes 1.0\n');
});
