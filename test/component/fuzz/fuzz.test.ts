// A part of the fuzz, in every test run.
import { expect, test } from 'vitest';
import { fuzz } from './laws.ts';

test('5,000 mutated documents: a script or diagnostics, never a throw, the same each time', () => {
  const { documents, compiled, codes, slowest } = fuzz(0, 5000);
  console.log(
    `${documents} mutated documents, ${compiled} compiled, ${codes.size} codes seen, the slowest took ${Math.round(slowest)} ms`,
  );
  expect(documents).toBe(5000);
  expect(compiled).toBeGreaterThan(200);
  expect(codes.size).toBeGreaterThan(25);
}, 120_000);
