// Files made to cost time or memory are refused quickly and in few words, by the readers of pipelines and of component documents.
import { writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDocument } from '../../shared/component/check-document.ts';
import { readPipelineFile } from '../../shared/model/pipeline-file.ts';
import { bombs } from './yaml-bombs.ts';

const table: string[] = [];
afterAll(() => {
  writeFileSync(1, `${table.join('\n')}\n`);
});

/** Of a pipeline file, in KiB: `YAML_BOMB_KIB=250` is the largest that is read. */
const size = Number(process.env.YAML_BOMB_KIB ?? 63);
/**
 * Milliseconds of processor time, whatever else the machine does: at 250 KiB 10 s, far above what is measured (3 s), far below what it was without
 * limits (74 s). At a quarter of the size what takes time in proportion to it is seen as well, and what takes it to its square (74 s / 16).
 */
const patience = 10_000 * (size / 250);
const megabytes = 1024 * 1024;

function measured<T>(read: () => T): { answer: T; took: number } {
  const began = process.threadCpuUsage();
  const answer = read();
  const { user, system } = process.threadCpuUsage(began);
  return { answer, took: Math.round((user + system) / 1000) };
}

describe.each(Object.entries(bombs))('%s', (name, bomb) => {
  it('is refused with bounded time and words', () => {
    const file = measured(() => readPipelineFile(bomb(size * 1024), { file: 'pipeline.yml' }));
    const document = measured(() => checkDocument(bomb(63 * 1024)));
    expect(file.answer.pipeline).toBeUndefined();
    expect(file.answer.problems.length).toBeGreaterThan(0);
    expect(file.answer.problems.length).toBeLessThanOrEqual(101);
    expect(JSON.stringify(file.answer.problems).length).toBeLessThan(64 * 1024);
    expect(document.answer.document).toBeUndefined();
    expect(document.answer.diagnostics.length).toBeLessThanOrEqual(101);
    expect(JSON.stringify(document.answer.diagnostics.map(({ message }) => message)).length).toBeLessThan(64 * 1024);
    expect(Math.max(file.took, document.took)).toBeLessThan(patience);
    table.push(`${name.padEnd(28)} pipeline file ${file.took} ms, component document ${document.took} ms`);
  });
});

it('10 MB are refused by their size', () => {
  const large = '#\n'.repeat(5 * megabytes);
  const [problem, ...others] = readPipelineFile(large, { file: 'pipeline.yml' }).problems;
  expect(problem?.message).toMatch(/^expected at most 262144 characters, found \d+: is this a pipeline file\?$/);
  expect(others).toEqual([]);
  expect(checkDocument(large).diagnostics.map(({ code }) => code)).toEqual(['document-too-large']);
});

describe('keys', () => {
  const recipe = 'imageRecipe: { name: web, semanticVersion: 1.0.0, parentImage: base/x.x.x }\n';
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a key like any other', (key) => {
    const { problems } = readPipelineFile(`name: web\n${recipe}${key}: { polluted: yes }\n`, { file: 'x' });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(`unknown key "${key}"`)]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
  it('the variable constructor needs a value as every other does', () => {
    const { problems } = readPipelineFile(`name: web\nvars: { constructor: }\n${recipe}`, { file: 'x' });
    expect(problems.map(({ message }) => message)).toEqual([
      'the variable constructor has no default: give it a value with --var constructor=…',
    ]);
  });
  it('merge keys are refused by name: YAML 1.2 has none', () => {
    const text = `name: web\nvars: &v { a: b }\nimageRecipe:\n  <<: *v\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: base/x.x.x\n`;
    const { problems } = readPipelineFile(text, { file: 'x' });
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('unknown key "<<"')]);
  });
});
