// Laws of the compiler: it never throws, and the same input gives the same bytes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { diagnosticCodes } from '../../shared/component/diagnostic.ts';

const target = { name: 'example', phases: ['build', 'validate'], parameters: {}, runKey: 'key' };

const document = `name: example
schemaVersion: 1.0
parameters:
  - Source: {type: string, default: 'https://example.com'}
constants:
  - Ratio:
      type: string
      value: 1.10
phases:
  - name: build
    steps: &steps
      - name: GetName
        action: ExecuteBash
        timeoutSeconds: -1
        inputs:
          commands:
            - echo -n {{ Source }}
            - |
              cat <<END
              {{ .Go }} "quoted" 'text'
              END
      - name: UseName
        action: ExecuteBash
        onFailure: Continue
        maxAttempts: 3
        inputs: {commands: ["echo {{ build.GetName.outputs.stdout }} {{ Ratio }}"]}
  - name: validate
    steps: *steps
`;

const pieces = fc.oneof(
  fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    '- ',
    '? ',
    ': ',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '*steps',
    '!!x ',
    '\t',
    '\n',
    '  ',
    '{{ ',
    '}}',
    '\0',
    '%',
    '---\n',
    '...\n',
    '#',
    '\uFEFF',
    '\uD800',
    '<<: ',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const mutation = fc.record({ at: fc.nat(document.length), cut: fc.nat(30), put: pieces });

const mutated = fc
  .array(mutation, { minLength: 1, maxLength: 8 })
  .map((changes) =>
    changes.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), document),
  );

test('five hundred mutated documents: a value or diagnostics, never a throw, every diagnostic inside the text', () => {
  fc.assert(
    fc.property(
      fc.oneof({ weight: 20, arbitrary: mutated }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) }),
      (text) => {
        const { script, diagnostics } = compileDocument(text, target);
        const failed = diagnostics.some(({ severity }) => severity === 'error');
        expect(!(failed && script)).toBe(true);
        for (const { code, offset, end, message } of diagnostics) {
          expect(diagnosticCodes).toContain(code);
          expect(offset >= 0 && end > offset && offset <= text.length, `${code} at ${offset}–${end}`).toBe(true);
          expect(message).toMatch(/[.?]$/);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('same document, same target: same bytes', () => {
  expect(compileDocument(document, target).script).toBeDefined();
  expect(compileDocument(document, target)).toEqual(compileDocument(document, target));
  expect(compileDocument(document, { ...target, runKey: 'other' }).script).not.toBe(
    compileDocument(document, target).script,
  );
});

const yamlBombs: Record<string, string> = {
  'ten aliases of ten aliases, nine levels': `a: &a [x]\n${[...'bcdefghij'].map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghij'[index]}`).join(',')}]`).join('\n')}\nschemaVersion: 1.0\nphases: *j`,
  'nine thousand aliases of a phase with five hundred steps': `schemaVersion: 1.0\nx: &p {name: build, steps: [${'{name: abc, action: ExecuteBash, inputs: {commands: &c [a]}},'.repeat(500)}]}\nphases: [${'*p,'.repeat(9000)}]`,
  'a list that holds itself': 'schemaVersion: 1.0\nphases: &a [*a]',
  'sixty thousand brackets': '['.repeat(60_000),
  'thirty thousand dashes': '- '.repeat(30_000),
  'twenty thousand aliases': `a: &a 1\nphases: [${'*a,'.repeat(20_000)}]`,
  'a megabyte': 'x'.repeat(1_000_000),
  'many open references': `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: abc, action: ExecuteBash, inputs: {commands: ["${'{{ a'.repeat(15_000)}"]}}]}]`,
  'one long reference': `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: abc, action: ExecuteBash, inputs: {commands: ["{{${' a'.repeat(30_000)}"]}}]}]`,
};

test.each(Object.entries(yamlBombs))('%s: two seconds of processor at most, and 101 diagnostics', (_name, text) => {
  const begun = process.threadCpuUsage();
  const { diagnostics } = compileDocument(text, target);
  const { user, system } = process.threadCpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(2000);
  expect(diagnostics.length).toBeLessThanOrEqual(101);
});
