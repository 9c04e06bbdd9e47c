// The dates on which a cron expression fires: some of them are none, such as the 31st of February.
import { dayField, monthField, numberOf, numbersOf, weekdayField, yearField } from './cron-field.ts';

export type Cron = {
  kind: 'cron';
  minutes: string;
  hours: string;
  days: string;
  months: string;
  weekdays: string;
  years: string;
};

const day = 24 * 60 * 60_000;
/** Milliseconds by which a date ends later in the zone that is last (UTC-12) than in UTC. */
const lastZone = day / 2;

/** Whether there is a date, not over at `from` (epoch milliseconds) in every zone, on which it fires. Clock changes are not looked at. */
export function firesFrom(cron: Cron, from: number): boolean {
  const months = numbersOf(monthField, cron.months);
  const earliest = new Date(from - day).getUTCFullYear();
  const isMeant = dayRule(cron);
  for (const year of numbersOf(yearField, cron.years)) {
    if (year < earliest) continue;
    for (const month of months)
      for (let date = lastOf(year, month); date > 0; date--) {
        if (Date.UTC(year, month - 1, date) + day + lastZone <= from) break;
        if (isMeant(year, month, date)) return true;
      }
  }
  return false;
}

/** `month` from 1. */
const lastOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** 1 is Sunday. */
const weekdayOf = (year: number, month: number, date: number) =>
  new Date(Date.UTC(year, month - 1, date)).getUTCDay() + 1;

type DayRule = (year: number, month: number, date: number) => boolean;

const dayRule = ({ days, weekdays }: Cron): DayRule => (days === '?' ? weekdayRule(weekdays) : monthDayRule(days));

function monthDayRule(text: string): DayRule {
  const [, before] = /^L(?:-(\d+))?$/.exec(text) ?? [];
  if (text.startsWith('L') && text !== 'LW')
    return (year, month, date) => date === lastOf(year, month) - Number(before ?? 0);
  if (text.endsWith('W'))
    return (year, month, date) =>
      date === workdayNear(year, month, text === 'LW' ? lastOf(year, month) : Number.parseInt(text, 10));
  const numbers = numbersOf(dayField, text);
  return (_year, _month, date) => numbers.includes(date);
}

/** The weekday nearest to a date, in its own month; undefined where the month has no such date. */
function workdayNear(year: number, month: number, date: number): number | undefined {
  const last = lastOf(year, month);
  if (date > last) return undefined;
  const weekday = weekdayOf(year, month, date);
  if (weekday === 7) return date > 1 ? date - 1 : date + 2;
  if (weekday === 1) return date < last ? date + 1 : date - 2;
  return date;
}

function weekdayRule(text: string): DayRule {
  if (text === 'L') return (year, month, date) => weekdayOf(year, month, date) === 7;
  const special = /^(\w+?)(?:L|#(\d))$/.exec(text);
  if (!special) {
    const numbers = numbersOf(weekdayField, text);
    return (year, month, date) => numbers.includes(weekdayOf(year, month, date));
  }
  const [, name = '', nth] = special;
  const weekday = numberOf(weekdayField, name);
  return (year, month, date) =>
    weekdayOf(year, month, date) === weekday &&
    (nth === undefined ? date + 7 > lastOf(year, month) : Math.ceil(date / 7) === Number(nth));
}
