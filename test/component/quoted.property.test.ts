// Values in inputs other than commands are data: whatever is in them, and wherever they come from, a module gets exactly them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { bash, buildDocument, compileIn, newPlace, run } from './bash-run.ts';

const nasty = [
  "'",
  '"',
  '`',
  '$(touch pwned)',
  '${HOME}',
  '\\',
  '\n',
  '\r',
  '&',
  ';',
  '*',
  '~',
  '!',
  '%s',
  '{{',
  '}}',
  '{{ Value }}',
  '{{ loop.value }}',
  '\u0001',
  'é',
  '😀',
  ' ',
  '-n',
  "'\\''",
  'EOF',
];
const value = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 10 })
  .map((parts) => parts.join('').replaceAll('\0', '').toWellFormed());

const file = (name: string, path: string, content: string, rest: object = {}) => ({
  name,
  action: 'CreateFile',
  inputs: [{ path, content }],
  ...rest,
});

/** Runs steps with a parameter `Given`, and gives what they wrote. */
async function written(steps: object[], given: string, files: string[]): Promise<string[]> {
  const place = newPlace();
  const inner = JSON.stringify({
    schemaVersion: '1.0',
    parameters: [{ Given: { type: 'string' } }],
    phases: [{ name: 'build', steps: [file('Inner', `${place.directory}/inner`, '<{{ Given }}>')] }],
  });
  const document = JSON.stringify({
    schemaVersion: '1.0',
    parameters: [{ Given: { type: 'string' } }],
    phases: [{ name: 'build', steps }],
  });
  const { script = '', diagnostics } = compileDocument(document, {
    name: 'example',
    phases: ['build'],
    parameters: { Given: given },
    runKey: 'run',
    workingDirectory: place.directory,
    host: place.host,
    documents: (reference) => ({ name: reference, text: inner }),
  });
  const { code, stdout } = await run(place, script);
  expect([code, existsSync(join(place.directory, 'pwned'))], `${stdout}\n${JSON.stringify(diagnostics)}`).toEqual([
    0,
    false,
  ]);
  const texts = files.map((name) => readFileSync(join(place.directory, name), 'utf8'));
  place.remove();
  return texts;
}

const reference = '{{ build.Print.outputs.stdout }}';
const print = (text: string) => ({
  action: 'ExecuteBash',
  ...bash('Print', [`echo ${Buffer.from(text).toString('base64')} | base64 -d`]),
});

test('parameters, outputs, loop values, chained inputs and arguments of documents arrive as they are', async () => {
  await fc.assert(
    fc.asyncProperty(value, value, async (given, output) => {
      const steps = [
        print(output),
        file('Parameter', 'parameter', '{{ Given }}|{{ Given }}'),
        file('Output', 'output', `<${reference}>'`),
        file('Loop', 'loop', '<{{ loop.value }}>', { loop: { forEach: [`${reference}{{ Given }}`] } }),
        file('Input', 'input', '{{ build.Output.inputs[0].content }}{{ build.Parameter.inputs.content }}'),
        {
          name: 'Nested',
          action: 'ExecuteDocument',
          inputs: { document: 'inner', parameters: [{ name: 'Given', value: `${reference}|{{ Given }}` }] },
        },
        { name: 'Check', action: 'Assert', inputs: { stringEquals: '{{ Given }}', value: '{{ Given }}' } },
        {
          name: 'Same',
          action: 'Assert',
          inputs: {
            and: [
              { stringEquals: reference, value: reference },
              { not: { stringEquals: `${reference}x`, value: reference } },
            ],
          },
        },
      ];
      const printed = output.replace(/\n+$/, '');
      expect(await written(steps, given, ['parameter', 'output', 'loop', 'input', 'inner'])).toEqual([
        `${given}|${given}`,
        `<${printed}>'`,
        `<${printed}${given}>`,
        `<${printed}>'${given}|${given}`,
        `<${printed}|${given}>`,
      ]);
    }),
    { numRuns: 10 },
  );
}, 120_000);

test('a megabyte of quotes and dollars goes through an output, a loop and a file', async () => {
  const text = `'"$(touch pwned)\`\\&`.repeat(49_000);
  const steps = [
    {
      action: 'ExecuteBash',
      ...bash('Print', [
        `yes "'\\"\\$(touch pwned)\\\`\\\\\\\\&" | head -n 49000 | tr -d '\\n'`.replace('\\\\\\\\', '\\\\'),
      ]),
    },
    file('Write', 'big', '{{ loop.value }}', { loop: { forEach: [reference] } }),
  ];
  const [big] = await written(steps, '', ['big']);
  expect(big?.length).toBe(text.length);
  expect(big === text).toBe(true);
}, 60_000);

test('NUL, which no variable of bash holds, is left out of an output; the bytes around it stay', async () => {
  const steps = [
    { action: 'ExecuteBash', ...bash('Print', ['printf "a\\\\0b\\\\0"']) },
    file('Write', 'file', reference),
  ];
  expect(await written(steps, '', ['file'])).toEqual(['ab']);
});

test('in a command a value becomes a part of the command: that is what the language says of ExecuteBash', async () => {
  const place = newPlace();
  const document = buildDocument(bash('Print', ['echo {{ build.Value.outputs.stdout }}'])).replace(
    '[{"name":"build","steps":[',
    '[{"name":"build","steps":[{"name":"Value","action":"ExecuteBash","inputs":{"commands":["echo \'a; echo b\'"]}},',
  );
  const { stdout } = await run(place, compileIn(place, document));
  place.remove();
  expect(stdout).toContain('\na\nb\n');
});
