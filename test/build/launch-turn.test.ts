// Turns of launches: the first ones at once, the others as fast as EC2 takes them.
import { describe, expect, it } from 'vitest';
import { hasCome, postponed, turnAt, turnText } from '../../shared/build/launch-turn.ts';

const now = Date.UTC(2026, 0, 1);

describe('a turn', () => {
  it('is now for the first four, then half a second later for each', () => {
    const line = (place: number) => now + place * 500;
    const turns = [0, 1, 2, 3, 4, 5].map((place) => turnAt(line(place), 2, now) - now);
    expect(turns).toEqual([0, 0, 0, 0, 500, 1000]);
  });
  it('goes with the rate that the account has', () => {
    expect(turnAt(now + 10_000, 10, now) - now).toBe(9700);
  });
  it('has come a second before, since clocks differ', () => {
    expect(hasCome(now + 1000, now)).toBe(true);
    expect(hasCome(now + 1001, now)).toBe(false);
  });
  it('is told to the machine in whole seconds, never too early', () => {
    expect(postponed(now + 1)).toEqual({ ok: false, error: 'PostponedError', cause: '2026-01-01T00:00:01Z' });
    expect(postponed(now).cause).toBe('2026-01-01T00:00:00Z');
  });
  it('is told to people', () => {
    expect(turnText(now, 2)).toBe('waiting for its turn at 00:00:00 UTC: EC2 takes 2 launches a second');
  });
});
