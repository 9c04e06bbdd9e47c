// Cron expressions with six fields, as EventBridge and EventBridge Scheduler have them: when they are due next.
import { type DayRule, dayRule } from './cron-day.ts';
import { invalid, months, numbersOf } from './cron-field.ts';
import { momentOf, wallTime } from './zone.ts';

export type Cron = {
  minutes: number[];
  hours: number[];
  days: DayRule;
  months: Set<number>;
  years: Set<number>;
  lastYear: number;
};

/** `fields`: what stands between the parentheses. Throws ValidationException. */
export function readCron(fields: string): Cron {
  const parts = fields.trim().toUpperCase().split(/\s+/);
  const [minutes = '', hours = '', days = '', month = '', ofWeek = '', year = ''] = parts;
  if (parts.length !== 6) throw invalid(fields, { name: 'list of six fields' });
  const sorted = (numbers: Set<number>) => [...numbers].sort((a, b) => a - b);
  const years = numbersOf(year, { name: 'year', least: 1970, most: 2199 });
  return {
    minutes: sorted(numbersOf(minutes, { name: 'minute', least: 0, most: 59 })),
    hours: sorted(numbersOf(hours, { name: 'hour', least: 0, most: 23 })),
    days: dayRule(days, ofWeek),
    months: numbersOf(month, { name: 'month', least: 1, most: 12, names: months }),
    years,
    lastYear: Math.max(...years),
  };
}

const dayLength = 86_400_000;

/** The first moment after `after` (milliseconds) at which it is due, or undefined when there is none any more. */
export function nextOfCron(cron: Cron, after: number, timeZone: string): number | undefined {
  const today = wallTime(after, timeZone);
  for (let midnight = today - (today % dayLength); ; midnight += dayLength) {
    const date = new Date(midnight);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
    if (year > cron.lastYear) return undefined;
    if (!cron.years.has(year)) {
      midnight = Date.UTC(year + 1, 0, 0);
      continue;
    }
    if (!cron.months.has(month)) {
      midnight = Date.UTC(year, month, 0);
      continue;
    }
    if (!cron.days(year, month, date.getUTCDate())) continue;
    const due = firstOfDay(cron, midnight, after, timeZone);
    if (due !== undefined) return due;
  }
}

function firstOfDay(cron: Cron, midnight: number, after: number, timeZone: string): number | undefined {
  for (const hour of cron.hours)
    for (const minute of cron.minutes) {
      const moment = momentOf(midnight + (hour * 60 + minute) * 60_000, timeZone);
      if (moment !== undefined && moment > after) return moment;
    }
  return undefined;
}
