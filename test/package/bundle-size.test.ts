// What a function holds decides how fast it starts: no bundle grows unnoticed. `npm run bench cold-start` measures the starts.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readZip } from '../../local/lambda-host/zip.ts';
import type { PackagedStack } from '../../local/package/package.ts';
import { repository } from '../source-files.ts';
import { packaged } from './packaged.ts';

const most = 450_000;

/**
 * Those that read documents of users: the YAML parser and the language, of which prepare-image also makes the scripts. And the
 * sweep, which does all that cleanup does, and looks into every account; nobody waits for its start.
 */
const larger: Record<string, number> = { 'prepare-image': 610_000, 'put-resources': 480_000, sweep: 460_000 };

let stack: PackagedStack;

beforeAll(async () => {
  stack = await packaged();
}, 200_000);

const names = readdirSync(join(repository, 'functions')).flatMap((file) =>
  file.endsWith('.ts') ? [basename(file, '.ts')] : [],
);

describe('bundle size', () => {
  test.each(names)('%s', (name) => {
    const entries = readZip(readFileSync(stack.artifacts(`${name}.zip`)));
    expect(entries.map((entry) => basename(entry.name))).toEqual([`${name}.mjs`]);
    expect(entries[0]!.content.length).toBeLessThan(larger[name] ?? most);
    // Whoever imports node:http as a module loads all of undici.
    expect(entries[0]!.content.toString()).not.toMatch(/(from|import\()\s*"node:/);
  });

  test('only functions that exist are excused', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(larger)));
  });
});
