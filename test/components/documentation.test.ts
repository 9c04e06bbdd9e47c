// The documentation of the language names what the compiler has: each module, each diagnostic, each key of a step.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actionModules } from '../../shared/component/actions/table.ts';
import { diagnosticCodes } from '../../shared/component/diagnostic.ts';
import { repository } from '../source-files.ts';

const text = readFileSync(join(repository, 'docs', 'component-documents.md'), 'utf8');

test('every module is in the table', () => {
  expect([...actionModules.keys()].filter((name) => !new RegExp(`^\\|.*\`${name}\`.*\\|`, 'm').test(text))).toEqual([]);
});

test('every diagnostic is listed, and no other', () => {
  const listed = text.slice(text.indexOf('All codes:')).match(/`[a-z-]+`/g)!;
  expect(listed.map((code) => code.slice(1, -1))).toEqual([...diagnosticCodes]);
});
