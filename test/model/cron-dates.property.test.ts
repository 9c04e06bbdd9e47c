// Whether a cron ever fires, against the local cloud's own reading of cron expressions, which shares no code with it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextOfCron, readCron } from '../../local/scheduler/cron.ts';
import { firesFrom } from '../../shared/model/cron-dates.ts';
import { readScheduleExpression } from '../../shared/model/schedule-expression.ts';

const day = 24 * 60 * 60_000;
const from = Date.UTC(2026, 10, 27, 19);

const number = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
const list = (item: fc.Arbitrary<string>) => fc.array(item, { minLength: 1, maxLength: 3 }).map((all) => all.join(','));
const range = (least: number, most: number) =>
  fc
    .tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
    .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const month = fc.oneof(list(number(1, 12)), range(1, 12), fc.constantFrom('FEB', '*', 'FEB,APR', '2/3', '4/2'));
const year = fc.oneof(number(2020, 2032), fc.constantFrom('*', '2026-2028', '1970', '2199', '2025/4'));
const days = fc.oneof(
  list(number(28, 31)),
  range(29, 31),
  number(28, 31).map((date) => `${date}W`),
  number(26, 30).map((before) => `L-${before}`),
  fc.constantFrom('L', 'LW', '*', '30/1', '1W'),
);
const weekdays = fc.oneof(
  fc.tuple(number(1, 7), number(1, 5)).map(([weekday, nth]) => `${weekday}#${nth}`),
  fc.constantFrom('MON-FRI', 'SUN', '6L', 'L', '*', '2/2', 'SAT#5'),
);
const cron = fc.oneof(
  fc.tuple(days, month, year).map(([date, of, ofYear]) => `0 12 ${date} ${of} ? ${ofYear}`),
  fc.tuple(weekdays, month, year).map(([weekday, of, ofYear]) => `0 12 ? ${of} ${weekday} ${ofYear}`),
);

describe('a cron', () => {
  it('is refused exactly when it never fires, and is over exactly when the local cloud finds no more time', () => {
    let never = 0;
    let over = 0;
    fc.assert(
      fc.property(cron, (fields) => {
        const read = readScheduleExpression(`cron(${fields})`);
        const next = (after: number) => nextOfCron(readCron(fields), after, 'UTC');
        const ever = next(Date.UTC(1970, 0, 1) - 1);
        expect('expression' in read, fields).toBe(ever !== undefined);
        if (!('expression' in read) || read.expression.kind === 'rate') return void never++;
        // A date that ends within the day is left in doubt, for the sake of other time zones.
        const sure = next(from);
        const late = next(from - 2 * day);
        if (sure !== undefined) expect(firesFrom(read.expression, from), fields).toBe(true);
        if (late !== undefined) return;
        over++;
        expect(firesFrom(read.expression, from), fields).toBe(false);
      }),
      { numRuns: 3000 },
    );
    expect(never).toBeGreaterThan(50);
    expect(over).toBeGreaterThan(50);
  });
});
