// Documents in, diagnostics or the steps of the script out, as text beside each document (`vitest -u` rewrites the text).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileDocument } from '../../shared/component/compile.ts';
import { type DiagnosticCode, diagnosticCodes } from '../../shared/component/diagnostic.ts';
import { excerpt, locate } from '../../shared/component/excerpt.ts';

const folder = join(import.meta.dirname, 'golden');
const rules = readdirSync(folder).toSorted();

/** Codes whose documents are too long to be read: other tests have them. */
const elsewhere: DiagnosticCode[] = ['document-too-large', 'script-too-large'];

test('every diagnostic code has a golden case that shows it', () => {
  const shown = rules.map((rule) => readFileSync(join(folder, rule, 'expected.txt'), 'utf8')).join('\n');
  expect(diagnosticCodes.filter((code) => !elsewhere.includes(code) && !shown.includes(` ${code}: `))).toEqual([]);
});

test.each(rules)('%s', async (rule) => {
  const text = readFileSync(join(folder, rule, 'document.yml'), 'utf8');
  const targetFile = join(folder, rule, 'target.json');
  const target: { phases?: string[]; parameters?: Record<string, string> } = existsSync(targetFile)
    ? JSON.parse(readFileSync(targetFile, 'utf8'))
    : {};
  const { script, diagnostics } = compileDocument(text, {
    name: rule,
    phases: ['build', 'validate'],
    parameters: {},
    runKey: rule,
    ...target,
    // Other documents of the case, by the names of their files.
    documents: (reference) =>
      /^[a-z-]+\.yml$/.test(reference) && existsSync(join(folder, rule, reference))
        ? { text: readFileSync(join(folder, rule, reference), 'utf8'), name: reference }
        : undefined,
  });
  const lines = diagnostics.map(({ code, severity, message, path, offset, end }) => {
    const { line, column } = locate(text, offset);
    return `document.yml:${line}:${column}: ${severity} ${code}: ${message}\n  at ${path.join('.') || 'the document'}\n${excerpt(text, offset, end)}\n`;
  });
  const steps = script === undefined ? 'no script\n' : script.slice(script.indexOf('\nstep ') + 1);
  await expect([...lines, steps].join('\n')).toMatchFileSnapshot(join(folder, rule, 'expected.txt'));
});

test('a document over 64 KiB is refused with its size', () => {
  const { diagnostics } = compileDocument(`description: ${'x'.repeat(65_536)}`, {
    name: 'big',
    phases: ['build'],
    parameters: {},
    runKey: 'big',
  });
  expect(diagnostics).toEqual([
    {
      code: 'document-too-large',
      severity: 'error',
      message: 'The document has 65549 bytes; a component document may have 65536.',
      path: [],
      offset: 0,
      end: 1,
    },
  ]);
});
