// Schedule expressions as EventBridge Scheduler takes them: cron with six fields, and rate. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
import { type Cron, firesFrom } from './cron-dates.ts';
import { type Field, fields, numberOf } from './cron-field.ts';

export type Rate = { kind: 'rate'; value: number; unit: 'minute' | 'hour' | 'day' };
export type ScheduleExpression = Cron | Rate;

/** Reads `cron(0 3 ? * SUN *)` or `rate(7 days)`; a cron without its year means every year. Never throws: `problem` says what was expected. */
export function readScheduleExpression(text: string): { expression: ScheduleExpression } | { problem: string } {
  const cron = /^cron\((.*)\)$/.exec(text);
  if (cron) return readCron(cron[1]!);
  if (!/^rate\(.*\)$/.test(text))
    return { problem: 'expected cron(minutes hours day-of-month month day-of-week year) or rate(value unit)' };
  const rate = /^rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)$/.exec(text);
  if (!rate) return { problem: 'expected rate(value unit): a whole number from 1, and minutes, hours or days' };
  const [value, unit] = [Number(rate[1]), rate[2] as Rate['unit']];
  if ((value === 1) !== (rate[3] === ''))
    return { problem: `expected rate(${value} ${unit}${value === 1 ? '' : 's'})` };
  return { expression: { kind: 'rate', value, unit } };
}

/** As EventBridge Scheduler wants it: with a year, where Image Builder lets it be left out. */
export function schedulerExpression(expression: ScheduleExpression): string {
  if (expression.kind === 'rate') {
    const { value, unit } = expression;
    return `rate(${value} ${unit}${value === 1 ? '' : 's'})`;
  }
  const { minutes, hours, days, months, weekdays, years } = expression;
  return `cron(${[minutes, hours, days, months, weekdays, years].join(' ')})`;
}

/** Milliseconds between two runs. */
export function rateMilliseconds({ value, unit }: Rate): number {
  return value * { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit];
}

function readCron(text: string): { expression: Cron } | { problem: string } {
  const parts = text.trim().split(/\s+/);
  if (parts.length === 5) parts.push('*');
  if (parts.length !== 6)
    return {
      problem: `expected six fields in cron(…): minutes, hours, day-of-month, month, day-of-week, year; there are ${text.trim() === '' ? 0 : parts.length}`,
    };
  for (const [index, part] of parts.entries()) {
    const problem = fieldProblem(fields[index]!, part.toUpperCase());
    if (problem) return { problem: `expected ${problem} as ${fields[index]!.name} of cron(…), which is ${part}` };
  }
  const [minutes, hours, days, months, weekdays, years] = parts.map((part) => part.toUpperCase()) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((days === '?') === (weekdays === '?'))
    return { problem: 'expected ? as exactly one of day-of-month and day-of-week of cron(…)' };
  const expression: Cron = { kind: 'cron', minutes, hours, days, months, weekdays, years };
  if (firesFrom(expression, 0)) return { expression };
  // What EventBridge Scheduler says of these is not documented: it would at best keep a schedule that does nothing.
  const date = days === '?' ? `day-of-week ${weekdays}` : `day-of-month ${days}`;
  return {
    problem: `expected a date that comes in cron(…), which would never fire: month ${months} of year ${years} has no ${date}`,
  };
}

/** What was expected of a field instead of `part`, or undefined when it is right. */
function fieldProblem(field: Field, part: string): string | undefined {
  const { least, most, names, special } = field;
  const range = names ? `${least} to ${most} or ${names[0]} to ${names.at(-1)}` : `${least} to ${most}`;
  if (part === '?' && special.includes('?')) return undefined;
  if (special.includes('W') && /^(?:L|LW|L-\d{1,2}|\d{1,2}W)$/.test(part)) {
    const day = Number(/\d+/.exec(part)?.[0] ?? 1);
    return day >= 1 && day <= (part.startsWith('L-') ? 30 : 31) ? undefined : `a day of ${range}`;
  }
  if (special.includes('#')) {
    if (part === 'L') return undefined;
    const nth = /^([1-7]|[A-Z]{3})(?:L|#([1-5]))$/.exec(part);
    if (nth && numberOf(field, nth[1]!) !== undefined) return undefined;
    if (part.includes('#') || /^.+L$/.test(part)) return 'one weekday with L or #1 to #5, such as 6L or FRI#2,';
  }
  for (const item of part.split(',')) {
    const match = /^(\*|[0-9A-Z]+)(?:-([0-9A-Z]+))?(?:\/(\d+))?$/.exec(item);
    const numbers = match
      ?.slice(1, 3)
      .filter((text) => text !== undefined && text !== '*')
      .map((text) => numberOf(field, text!));
    if (!match || !numbers || numbers.includes(undefined) || (match[1] === '*' && match[2] !== undefined))
      return `numbers of ${range}${special ? `, or ${[...special].join(' ')}` : ''}`;
    if (match[3] !== undefined && (Number(match[3]) < 1 || Number(match[3]) > most)) return `steps of 1 to ${most}`;
    if (numbers.length === 2 && numbers[0]! > numbers[1]!) return 'a range that does not go down';
  }
  return undefined;
}

/** Whether the expression may fire between 01:00 and 03:00 of the local day, where most zones change their clocks. */
export function mayFireAtClockChange(expression: ScheduleExpression): boolean {
  if (expression.kind === 'rate') return false;
  return expression.hours.split(',').some((item) => {
    const [, from = '', to, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(item) ?? [];
    const first = from === '*' ? 0 : Number(from);
    const last = to !== undefined ? Number(to) : from === '*' || step !== undefined ? 23 : first;
    return [1, 2].some((hour) => hour >= first && hour <= last && (hour - first) % Number(step ?? 1) === 0);
  });
}
