// The line of launches: everyone has a place of their own, however many come at once.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Table } from '../../shared/aws/table.ts';
import { launchTurns } from '../../shared/store/launch-turns.ts';
import { openTable } from './open-table.ts';

const now = Date.UTC(2026, 0, 1);
let table: Table;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ table, close } = await openTable());
});
afterAll(() => close());

it('thirty at once get thirty places, half a second apart; an empty line begins now', async () => {
  const turns = launchTurns(table);
  const places = await Promise.all(Array.from({ length: 30 }, () => turns.take(2, now)));
  expect(places.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, place) => now + place * 500));
  expect(await turns.take(2, now + 5000)).toBe(now + 15_000);
  expect(await turns.take(2, now + 60_000)).toBe(now + 60_000);
  expect(await turns.take(10, now + 60_000)).toBe(now + 60_500);
  expect(await turns.take(10, now + 60_000)).toBe(now + 60_600);
});
