// How the bench sums up and prints what it measured, and that a tool that is absent is said and skipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sample, sampleText } from '../../bench/shared/sample.ts';
import { table } from '../../bench/shared/table.ts';
import { repository } from '../source-files.ts';

test('a sample is its least, middle and greatest value', () => {
  expect(sample([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3, runs: 3 });
  expect(sample([4, 1]).median).toBe(2.5);
  expect(() => sample([])).toThrow('There is no value to sum up');
  expect(sampleText(sample([3, 1, 2]))).toBe('2.0 (1.0–3.0)');
  expect(sampleText(sample([33, 33]), 0)).toBe('33');
});

test('a table has its columns aligned', () => {
  expect(table(['a', 'long head'], [['value', 1]])).toBe(
    '| a     | long head |\n| ----- | --------- |\n| value | 1         |',
  );
});

test('without Packer its part says so, and all parts go on; a part that is not there is named', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  const json = join(directory, 'all.json');
  const run = (...parameters: string[]) =>
    spawnSync(process.execPath, [join(repository, 'bench/run.ts'), ...parameters], {
      env: { PATH: '/nowhere' },
      encoding: 'utf8',
    });
  try {
    const { status, stdout } = run('packer', '--json', json);
    expect(stdout).toContain('Packer is not installed');
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8')).packer.skipped).toContain('Packer is not installed');
    const { status: unknown, stderr } = run('nobody');
    expect(unknown).toBe(2);
    expect(stderr).toMatch(/^There is no part nobody: the parts are .*packer/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
