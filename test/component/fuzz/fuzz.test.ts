// A part of the fuzz, in every test run.
import { expect, test } from 'vitest';
import { fuzz } from './laws.ts';

test('1,500 mutated documents: a script or diagnostics, never a throw, the same each time', () => {
  const { documents, compiled, codes, slowest } = fuzz(0, 1500);
  console.log(
    `${documents} mutated documents, ${compiled} compiled, ${codes.size} codes seen, the slowest took ${Math.round(slowest)} ms`,
  );
  expect(documents).toBe(1500);
  expect(compiled).toBeGreaterThan(60);
  expect(codes.size).toBeGreaterThan(25);
}, 120_000);
