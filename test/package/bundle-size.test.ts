// What a function holds decides how fast it starts: no bundle grows unnoticed. `npm run bench cold-start` measures the starts.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readZip } from '../../local/lambda-host/zip.ts';
import type { PackagedStack } from '../../local/package/package.ts';
import { repository } from '../source-files.ts';
import { packaged } from './packaged.ts';

const most = 450_000;

/** Those that read or check documents of users, with the YAML parser and every action module; and others with a reason. */
const larger: Record<string, number> = {
  'prepare-image': 720_000,
  'put-resources': 660_000,
  'delete-resources': 610_000,
  'start-build': 520_000,
  'revoke-image': 490_000,
  // The client of S3, to delete the files of exports; nobody waits for their start.
  cleanup: 560_000,
  // The same client, to locate buckets, and pipelines with all that they refer to; builds that set nothing do without it.
  'check-distribution': 620_000,
  sweep: 560_000,
};

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
  });

  test('only functions that exist are excused', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(larger)));
  });
});
