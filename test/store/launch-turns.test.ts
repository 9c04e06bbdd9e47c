// The line of launches: everyone has a place of their own, however many come at once.
import { expect, it } from 'vitest';
import { launchTurns } from '../../shared/store/launch-turns.ts';
import { testTable } from './test-table.ts';

const now = Date.UTC(2026, 0, 1);
const table = await testTable({ whole: true });

it('thirty at once get thirty places, half a second apart; an empty line begins now', async () => {
  const turns = launchTurns(table);
  const places = await Promise.all(Array.from({ length: 30 }, () => turns.take(2, now)));
  expect(places.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, place) => now + place * 500));
  expect(await turns.take(2, now + 5000)).toBe(now + 15_000);
  expect(await turns.take(2, now + 60_000)).toBe(now + 60_000);
  expect(await turns.take(10, now + 60_000)).toBe(now + 60_500);
  expect(await turns.take(10, now + 60_000)).toBe(now + 60_600);
});
