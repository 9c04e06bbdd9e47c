// A second opinion on the templates: cfn-lint, where it is installed, finds no error in them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../source-files.ts';
import { packaged } from './packaged.ts';

const missing =
  spawnSync('cfn-lint', ['--version'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'cfn-lint is not installed: the templates are not checked with it (pip install cfn-lint)';
if (missing) console.warn(missing);

type Finding = { Level: string; Message: string; Rule: { Id: string } };

/** Its errors; warnings have their reasons (osls repeats dependencies). */
function errors(file: string): string[] {
  const { stdout, stderr, error } = spawnSync('cfn-lint', ['--format', 'json', '--non-zero-exit-code', 'none', file], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (error || stderr) throw new Error(`cfn-lint could not read ${file}: ${error ?? stderr}`);
  const findings = JSON.parse(stdout || '[]') as Finding[];
  return findings.filter(({ Level }) => Level === 'Error').map(({ Rule, Message }) => `${Rule.Id} ${Message}`);
}

test.skipIf(missing)(
  'cfn-lint finds no error in regional-events.yml',
  () => {
    expect(errors(join(repository, 'regional-events.yml'))).toEqual([]);
  },
  60_000,
);

test.skipIf(missing)(
  'cfn-lint finds no error in the packaged template',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cfn-lint-'));
    try {
      const file = join(directory, 'template.json');
      writeFileSync(file, JSON.stringify((await packaged()).template));
      expect(errors(file)).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
  200_000,
);
