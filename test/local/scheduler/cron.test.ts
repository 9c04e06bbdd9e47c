// Cron expressions: AWS's own examples, the days that L, W and # mean, and days on which clocks change, against croner.
import { Cron as Croner } from 'croner';
import { describe, expect, it } from 'vitest';
import { nextOfCron, readCron } from '../../../local/scheduler/cron.ts';
import { readExpression } from '../../../local/scheduler/expression.ts';

/** The first `count` times after a moment, in UTC to the minute. */
function times(fields: string, after: string, count: number, zone = 'UTC'): string[] {
  const cron = readCron(fields);
  const found: string[] = [];
  for (let last = Date.parse(after); found.length < count; ) {
    const next = nextOfCron(cron, last, zone);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    last = next;
  }
  return found;
}

describe('the examples of the EventBridge and Scheduler user guides', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
  it.each([
    ['0 10 * * ? *', 'every day at 10:00', ['2026-01-01T10:00', '2026-01-02T10:00', '2026-01-03T10:00']],
    ['15 12 * * ? *', 'every day at 12:15', ['2026-01-01T12:15', '2026-01-02T12:15']],
    ['0 18 ? * MON-FRI *', 'Monday to Friday at 18:00', ['2026-01-01T18:00', '2026-01-02T18:00', '2026-01-05T18:00']],
    ['0 8 1 * ? *', 'the first of every month at 8:00', ['2026-01-01T08:00', '2026-02-01T08:00', '2026-03-01T08:00']],
    [
      '0/15 * * * ? *',
      'every 15 minutes',
      ['2026-01-01T00:15', '2026-01-01T00:30', '2026-01-01T00:45', '2026-01-01T01:00'],
    ],
    ['0/10 * ? * MON-FRI *', 'every 10 minutes, Monday to Friday', ['2026-01-01T00:10', '2026-01-01T00:20']],
    ['0/5 8-17 ? * MON-FRI *', 'every 5 minutes from 8:00 to 17:55', ['2026-01-01T08:00', '2026-01-01T08:05']],
    ['0 9 ? * 2#1 *', 'the first Monday at 9:00', ['2026-01-05T09:00', '2026-02-02T09:00', '2026-03-02T09:00']],
    [
      '15 10 ? * 6L 2026-2027',
      'the last Friday, of two years',
      ['2026-01-30T10:15', '2026-02-27T10:15', '2026-03-27T10:15'],
    ],
    ['0/30 20-23 ? * MON-FRI *', 'every 30 minutes in the evening', ['2026-01-01T20:00', '2026-01-01T20:30']],
  ])('%s is %s', (fields, _what, expected) => {
    expect(times(fields, '2026-01-01T00:00:00Z', expected.length)).toEqual(expected);
  });
});

describe('days', () => {
  it.each([
    ['0 0 L * ? *', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['0 0 L-3 * ? *', ['2026-01-28', '2026-02-25', '2026-03-28']],
    ['0 0 LW * ? *', ['2026-01-30', '2026-02-27', '2026-03-31']],
    // The 15th of February and March 2026 are Sundays, the 15th of August is a Saturday.
    ['0 0 15W * ? *', ['2026-01-15', '2026-02-16', '2026-03-16']],
    ['0 0 15W 8 ? *', ['2026-08-14', '2027-08-16']],
    // A weekday is looked for in its own month only: the first of August 2026 is a Saturday, the 31st of May a Sunday.
    ['0 0 1W 8 ? *', ['2026-08-03']],
    ['0 0 31W 5 ? *', ['2026-05-29']],
    ['0 0 ? * L *', ['2026-01-03', '2026-01-10']],
    ['0 0 ? * 1 *', ['2026-01-04', '2026-01-11']],
    ['0 0 ? * FRI#5 *', ['2026-01-30', '2026-05-29']],
    ['0 0 29 FEB ? *', ['2028-02-29', '2032-02-29']],
    ['0 0 30 2 ? *', []],
    ['0 0 1 1 ? 2020', []],
    ['0 0 1 JAN,JUL ? 2026-2199', ['2026-07-01', '2027-01-01']],
  ])('%s', (fields, expected) => {
    const found = times(fields, '2026-01-01T00:00:00Z', Math.max(1, expected.length));
    expect(found.map((time) => time.slice(0, 10))).toEqual(expected);
  });
  it.each([
    '0 0 * * * *',
    '0 0 ? * ? *',
    '0 0 1 * 2 *',
    '0 0 * * ?',
    '60 0 * * ? *',
    '0 24 * * ? *',
    '0 0 0 * ? *',
    '0 0 ? * 8 *',
    '0 0 ? * MON#6 *',
    '0 0 ? 13 * *',
    '0 0 L,1 * ? *',
    '5-1 0 * * ? *',
    '0/0 0 * * ? *',
    '0 0 * * ? 1969',
    'a 0 * * ? *',
    '',
  ])('%j is refused', (fields) => {
    expect(() => readCron(fields)).toThrow(/Invalid Schedule Expression/);
  });
});

/** Croner counts weekdays from 0 and knows neither years nor `?` as AWS means them; it never runs in a gap's place twice. */
const forCroner = (fields: string) => {
  const [minutes, hours, days, months, weekdays] = fields.split(' ') as [string, string, string, string, string];
  const ofWeek = weekdays.replace(/^(\d)(L|#\d)?$/, (_, day, special = '') => `${Number(day) - 1}${special}`);
  return ['0', minutes, hours, days, months, ofWeek].map((field) => field.replace(/^\?$|^0(?=\/)/, '*')).join(' ');
};

describe('against croner, an independent scheduler', () => {
  const cases = [
    '0 3 * * ? *',
    '30 2 * * ? *',
    '30 1 * * ? *',
    '0 0 * * ? *',
    '45 23 L * ? *',
    '0 12 15W * ? *',
    '15 2 ? * 1 *',
    '0 4 ? * 6L *',
    '0 4 ? * MON#2 *',
    '0/20 0-4 25-31 3,10 ? *',
    '5,35 2 1-7 3,4,10,11 ? *',
    '0 2 ? * SUN *',
  ];
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/St_Johns',
    'Asia/Kolkata',
    'Pacific/Auckland',
  ];
  it.each(zones)('in %s, over a year', (zone) => {
    for (const fields of cases) {
      const [start, end] = [Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1)];
      const croner = new Croner(forCroner(fields), { timezone: zone, legacyMode: false });
      const wall = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
      const ours = [...until(end, (last) => nextOfCron(readCron(fields), last, zone), start)];
      const theirs = [...until(end, (last) => croner.nextRun(new Date(last))?.getTime(), start)];
      // Of a time that does not exist AWS skips the run and croner makes up for it right after the gap; of one that is there
      // twice AWS takes the first and some patterns of croner both. Everything else is the same to the millisecond.
      const [mine, other] = [new Set(ours), new Set(theirs)];
      const differing = [...ours.filter((one) => !other.has(one)), ...theirs.filter((one) => !mine.has(one))];
      for (const one of differing) expect(nearChange(one, zone), `${fields} ${zone} ${wall.format(one)}`).toBe(true);
      expect(ours.length).toBeGreaterThan(3);
      expect(differing.length).toBeLessThanOrEqual(theirs.length * 0.02 + 24);
    }
  });
});

function* until(end: number, next: (last: number) => number | undefined, start: number): Generator<number> {
  for (let last = next(start); last !== undefined && last < end; last = next(last)) yield last;
}

/** Whether the zone's offset changes within three hours. */
function nearChange(moment: number, timeZone: string): boolean {
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const offset = (at: number) => format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value;
  return offset(moment - 3 * 3_600_000) !== offset(moment + 3 * 3_600_000);
}

describe('days on which clocks change, as AWS says', () => {
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
  it('a time that does not exist is skipped that day', () => {
    expect(times('30 2 * * ? *', '2026-03-27T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-03-28T01:30',
      '2026-03-30T00:30',
    ]);
    expect(times('30 2 * * ? *', '2026-03-07T12:00:00Z', 1, 'America/New_York')).toEqual(['2026-03-09T06:30']);
  });
  it('a time that exists twice runs once, before the shift', () => {
    expect(times('30 2 * * ? *', '2026-10-24T12:00:00Z', 2, 'Europe/Berlin')).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
    expect(times('30 1 * * ? *', '2026-10-31T12:00:00Z', 2, 'America/New_York')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
  });
  it('zones that shift by half an hour, or at midnight', () => {
    // Lord Howe: 02:00 +10:30 becomes 02:30 +11 on 4 October 2026; its 02:15 is not there.
    expect(times('15 2 * * ? *', '2026-10-03T00:00:00Z', 1, 'Australia/Lord_Howe')).toEqual(['2026-10-04T15:15']);
    // Cairo: 00:00 becomes 01:00 on 24 April 2026.
    expect(times('30 0 * * ? *', '2026-04-23T12:00:00Z', 1, 'Africa/Cairo')).toEqual(['2026-04-24T21:30']);
  });
  it('rate(1 day) is 24 hours by the clock, whatever the zone does', () => {
    const { next } = readExpression('rate(1 day)', 'Europe/Berlin');
    const base = Date.parse('2026-03-28T02:30:00Z');
    expect(new Date(next(base, base)!).toISOString()).toBe('2026-03-29T02:30:00.000Z');
    expect(new Date(next(base + 10, base)!).toISOString()).toBe('2026-03-29T02:30:00.000Z');
  });
  it('one time, in its zone; a date that is none is refused', () => {
    const { next } = readExpression('at(2026-07-01T09:00:00)', 'Europe/Berlin');
    expect(new Date(next(0, 0)!).toISOString()).toBe('2026-07-01T07:00:00.000Z');
    expect(next(Date.parse('2026-07-01T07:00:00Z'), 0)).toBeUndefined();
    for (const bad of [
      'at(2026-02-30T09:00:00)',
      'at(2026-07-01)',
      'rate(1 days)',
      'rate(2 day)',
      'rate(0 days)',
      'cron(* * * * * *)',
    ])
      expect(() => readExpression(bad, 'UTC'), bad).toThrow(/Invalid Schedule Expression/);
  });
});
