// Values are data: parameters and outputs arrive in a step as they are, through a real bash, whatever is in them.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comment, quote } from '../../shared/component/quote.ts';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

const nasty = fc.constantFrom(
  "'",
  '"',
  '`',
  '$(touch pwned)',
  '$((1))',
  '${PATH}',
  '\\',
  '\n',
  '\r',
  '\t',
  '&',
  ';',
  '|',
  '>',
  '*',
  '?',
  '~',
  '!',
  '#',
  '%',
  '%s',
  '{{',
  '}}',
  '{{ Value }}',
  '{{ build.Print.outputs.stdout }}',
  '\u0001',
  '\u007f',
  '\u001b[31m',
  '-',
  '--',
  'é',
  '😀',
  '\u2028',
  ' ',
  'EOF',
  "'\\''",
  '(',
  ')',
  '<(',
  '\\n',
  '=',
  '[',
  ']',
);
const value = fc
  .oneof(
    fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  .map((text) => text.replaceAll('\0', '').toWellFormed());

const shell = (script: string) =>
  execFileSync('/bin/bash', ['--norc', '-c', script], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] }).toString('utf8');

test('a quoted text is one word of bash that means the text', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (texts) => {
      const printed = shell(`printf '%s\\0' ${texts.map(quote).join(' ')}`)
        .split('\0')
        .slice(0, -1);
      expect(printed).toEqual(texts);
    }),
    { numRuns: 100 },
  );
});

test('a comment is one line that runs nothing', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 20, maxLength: 20 }), (texts) => {
      expect(shell(`${texts.map(comment).join('\n')}\nprintf end`)).toBe('end');
    }),
    { numRuns: 10 },
  );
});

/** A step that prints its own script from the third line on: what bash would have run there, had it not ended before. */
const printed = ['tail -n +3 "$0"', 'exit'];

const values = fc.array(value, { minLength: 1, maxLength: 8 });

/** What a step printed, without its markers. */
const printedBy = (step: string, stdout: string) => {
  const from = stdout.indexOf(`==> build/${step} `);
  return stdout.slice(stdout.indexOf('\n', from) + 1, stdout.indexOf(`\n<== build/${step} `, from));
};

test('parameter values arrive in the script of a step as they are, and are not expanded again', async () => {
  await fc.assert(
    fc.asyncProperty(value, values, async (preset, given) => {
      const place = newPlace();
      const names = given.map((_, index) => `Value${index}`);
      const text = `<${names.map((name) => `{{ ${name} }}`).join('|')}|{{Preset}}>`;
      const document = JSON.stringify({
        schemaVersion: '1.0',
        parameters: [
          ...names.map((name) => ({ [name]: { type: 'string' } })),
          { Preset: { type: 'string', default: preset } },
        ],
        phases: [
          {
            name: 'build',
            steps: [bash('Print', [...printed, text])].map((step) => ({ action: 'ExecuteBash', ...step })),
          },
        ],
      });
      const parameters = Object.fromEntries(names.map((name, index) => [name, given[index] ?? '']));
      const { stdout, code } = await run(place, compileIn(place, document, { parameters }));
      place.remove();
      expect(printedBy('Print', stdout)).toBe(`<${given.join('|')}|${preset}>`);
      expect(code).toBe(0);
    }),
    { numRuns: 12 },
  );
}, 60_000);

test('what a step prints arrives in a later step as it is, but for its trailing newlines', async () => {
  await fc.assert(
    fc.asyncProperty(values, async (texts) => {
      const place = newPlace();
      const steps = texts.map((text, index) =>
        bash(`Print${index}`, [`echo ${Buffer.from(text).toString('base64')} | base64 -d`]),
      );
      const references = texts.map((_, index) => `{{ build.Print${index}.outputs.stdout }}`).join('|');
      const document = buildDocument(...steps, bash('Again', [...printed, `<${references}>`]));
      const { stdout } = await run(place, compileIn(place, document));
      place.remove();
      expect(printedBy('Again', stdout)).toBe(`<${texts.map((text) => text.replace(/\n+$/, '')).join('|')}>`);
    }),
    { numRuns: 8 },
  );
}, 60_000);

test('names, messages and the working directory are data too', async () => {
  const place = newPlace();
  const name = '$(touch pwned) `touch pwned` "\';&\\ {{x}}';
  const document = buildDocument(bash(name, ['ls']));
  const { result } = await run(place, compileIn(place, document, { workingDirectory: `${place.directory}/${name}` }));
  expect(result).toMatchObject({ status: 'success', output: '', steps: [{ name }] });
  place.remove();
});
