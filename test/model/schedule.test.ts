// Schedules in the pipeline file: what is accepted, what is refused with which words at which place, and what is warned about.
import { describe, expect, it } from 'vitest';
import { readCron } from '../../local/scheduler/cron.ts';
import { readPipelineFile } from '../../shared/model/pipeline-file.ts';
import { readScheduleExpression, schedulerExpression } from '../../shared/model/schedule-expression.ts';
import { scheduleWarnings } from '../../shared/model/schedule-warnings.ts';

const file = (schedule: string, recipe = 'parentImage: base/x.x.x') =>
  readPipelineFile(`name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  ${recipe}\n${schedule}\n`, {
    file: 'web.yml',
  });
const problems = (schedule: string) =>
  file(schedule).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
const expression = (text: string) => problems(`schedule:\n  scheduleExpression: ${text}`);

describe('a schedule', () => {
  it('has the defaults of Image Builder', () => {
    const { pipeline } = file('schedule:\n  scheduleExpression: rate(7 days)');
    expect(pipeline).toMatchObject({
      ...{ status: 'ENABLED', concurrency: 'queue' },
      schedule: {
        ...{ scheduleExpression: 'rate(7 days)', timezone: 'UTC' },
        pipelineExecutionStartCondition: 'EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE',
      },
    });
    expect(file('').pipeline?.schedule).toBeUndefined();
    expect(file('schedule: manual').pipeline?.schedule).toBe('manual');
  });
  const sound = [
    '0 3 ? * SUN *',
    '0/15 8-17 ? * MON-FRI *',
    '0 0 L * ? *',
    '0 0 LW * ? *',
    '0 0 L-3 * ? *',
    '0 0 15W * ? *',
    '0 9 ? * 2#1 *',
    '15 10 ? * 6L 2026-2030',
    '0 0 ? * L *',
    '0 0 1,15 JAN,JUL ? *',
    '0 0 ? * sun,Wed *',
    '5 */2 * * ? *',
  ];
  it.each(sound)('cron(%s) is one, here and for EventBridge Scheduler', (fields) => {
    const read = readScheduleExpression(`cron(${fields})`);
    expect(read).toHaveProperty('expression');
    const sent = 'expression' in read ? schedulerExpression(read.expression) : '';
    expect(sent).toBe(`cron(${fields.toUpperCase()})`);
    expect(() => readCron(sent.slice(5, -1))).not.toThrow();
  });
  it('a cron without its year means every year', () => {
    const read = readScheduleExpression('cron(0 3 * * ?)');
    expect('expression' in read && schedulerExpression(read.expression)).toBe('cron(0 3 * * ? *)');
  });
  it.each([
    [
      'cron(0 3 * * * *)',
      '7:23 expected ? as exactly one of day-of-month and day-of-week of cron(…), found "cron(0 3 * * * *)"',
    ],
    [
      'cron(0 3 ? * ? *)',
      '7:23 expected ? as exactly one of day-of-month and day-of-week of cron(…), found "cron(0 3 ? * ? *)"',
    ],
    [
      'cron(0 24 * * ? *)',
      '7:23 expected numbers of 0 to 23 as hours of cron(…), which is 24, found "cron(0 24 * * ? *)"',
    ],
    [
      'cron(0 3 32W * ? *)',
      '7:23 expected a day of 1 to 31 as day-of-month of cron(…), which is 32W, found "cron(0 3 32W * ? *)"',
    ],
    [
      'cron(0 3 ? * MON#6 *)',
      '7:23 expected one weekday with L or #1 to #5, such as 6L or FRI#2, as day-of-week of cron(…), which is MON#6, found "cron(0 3 ? * MON#6 *)"',
    ],
    [
      'cron(0 3 ? * FRI-MON *)',
      '7:23 expected a range that does not go down as day-of-week of cron(…), which is FRI-MON, found "cron(0 3 ? * FRI-MON *)"',
    ],
    [
      'cron(0 3)',
      '7:23 expected six fields in cron(…): minutes, hours, day-of-month, month, day-of-week, year; there are 2, found "cron(0 3)"',
    ],
    [
      'cron(0 3 31 2 ? *)',
      '7:23 expected a date that comes in cron(…), which would never fire: month 2 of year * has no day-of-month 31, found "cron(0 3 31 2 ? *)"',
    ],
    [
      'cron(0 3 ? FEB FRI#5 2026)',
      '7:23 expected a date that comes in cron(…), which would never fire: month FEB of year 2026 has no day-of-week FRI#5, found "cron(0 3 ? FEB FRI#5 2026)"',
    ],
    ['rate(1 days)', '7:23 expected rate(1 day), found "rate(1 days)"'],
    ['rate(2 day)', '7:23 expected rate(2 days), found "rate(2 day)"'],
    [
      'rate(0 days)',
      '7:23 expected rate(value unit): a whole number from 1, and minutes, hours or days, found "rate(0 days)"',
    ],
    [
      'daily',
      '7:23 expected cron(minutes hours day-of-month month day-of-week year) or rate(value unit), found "daily"',
    ],
  ])('%s is refused with its place', (text, message) => {
    expect(expression(text)).toEqual([message]);
  });
  it('other keys and values are refused with theirs', () => {
    const rate = 'schedule:\n  scheduleExpression: rate(1 day)\n  ';
    expect(problems(`${rate}timezone: Europe/Nowhere`)).toEqual([
      '8:13 expected a time zone of the IANA database such as Europe/Berlin, found "Europe/Nowhere"',
    ]);
    expect(problems(`${rate}timezone: "+01:00"`)).toHaveLength(1);
    expect(problems(`${rate}timezon: UTC`)).toEqual(['8:3 unknown key "timezon": did you mean timezone?']);
    expect(problems(`${rate}autoDisablePolicy: { failureCount: 11 }`)).toEqual([
      '8:38 expected at most 10, found the number 11',
    ]);
    expect(problems(`${rate}flexibleTimeWindowMinutes: 0`)).toEqual(['8:30 expected at least 1, found the number 0']);
    expect(problems('schedule: weekly')).toEqual([
      '6:11 expected a schedule (a map with scheduleExpression) or manual, found "weekly"',
    ]);
    expect(problems('concurrency: wait')[0]).toMatch(/^6:14 expected one of queue, skip, parallel, found "wait"/);
    expect(problems('status: OFF')).toHaveLength(1);
  });
});

describe('warnings', () => {
  const warnings = (schedule: string, recipe?: string) => {
    const { pipeline, problems } = file(schedule, recipe);
    expect(problems).toEqual([]);
    return scheduleWarnings(pipeline!).map(({ path, message }) => `${path.join('.')}: ${message}`);
  };
  const at = (cron: string, timezone: string) =>
    `schedule:\n  scheduleExpression: cron(${cron})\n  timezone: ${timezone}`;
  it('a time between 01:00 and 03:00 of a zone that changes its clocks', () => {
    for (const cron of [
      '30 2 * * ? *',
      '0 1 * * ? *',
      '0 * * * ? *',
      '0 0-4 * * ? *',
      '0 0/2 * * ? *',
      '0 12,2 * * ? *',
    ])
      expect(warnings(at(cron, 'Europe/Berlin')), cron).toEqual([
        expect.stringMatching(/^schedule.scheduleExpression: in Europe\/Berlin clocks change/),
      ]);
    for (const cron of ['0 3 * * ? *', '0 0 * * ? *', '0 4-6 * * ? *', '0 4/2 * * ? *', '0 12 * * ? *'])
      expect(warnings(at(cron, 'Europe/Berlin')), cron).toEqual([]);
    for (const zone of ['UTC', 'Asia/Kolkata', 'Asia/Tokyo'])
      expect(warnings(at('30 2 * * ? *', zone)), zone).toEqual([]);
    for (const zone of ['America/New_York', 'Australia/Sydney'])
      expect(warnings(at('30 2 * * ? *', zone)), zone).toHaveLength(1);
  });
});
