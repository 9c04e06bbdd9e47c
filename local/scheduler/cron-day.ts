// The days that a cron expression means: by their number or by their weekday, with L, W and #.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
import { type Field, invalid, numberOf, numbersOf, weekdays } from './cron-field.ts';

/** Whether the day of this date is meant; `month` from 1. */
export type DayRule = (year: number, month: number, day: number) => boolean;

const dayField: Field = { name: 'day-of-month', least: 1, most: 31 };
const weekdayField: Field = { name: 'day-of-week', least: 1, most: 7, names: weekdays };

/** 1 is Sunday. */
const weekdayOf = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
const lastOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Exactly one of both fields is `?`. */
export function dayRule(days: string, ofWeek: string): DayRule {
  if ((days === '?') === (ofWeek === '?'))
    throw invalid(`${days} with ${ofWeek}`, { name: 'day-of-month and day-of-week' });
  return days === '?' ? weekdayRule(ofWeek) : monthDayRule(days);
}

function monthDayRule(text: string): DayRule {
  const fromEnd = /^L(?:-(\d+))?$/.exec(text);
  if (fromEnd) {
    const before = Number(fromEnd[1] ?? 0);
    if (before > 30) throw invalid(text, dayField);
    return (year, month, day) => day === lastOf(year, month) - before;
  }
  const near = /^(L|\d+)W$/.exec(text);
  if (near) {
    const wanted = near[1] === 'L' ? undefined : numberOf(near[1]!, dayField, text);
    return (year, month, day) => day === nearestWorkday(year, month, wanted ?? lastOf(year, month));
  }
  const numbers = numbersOf(text, dayField);
  return (_year, _month, day) => numbers.has(day);
}

/** The weekday nearest to a day, in its own month. */
function nearestWorkday(year: number, month: number, wanted: number): number | undefined {
  const last = lastOf(year, month);
  if (wanted > last) return undefined;
  const weekday = weekdayOf(year, month, wanted);
  if (weekday === 7) return wanted > 1 ? wanted - 1 : wanted + 2;
  if (weekday === 1) return wanted < last ? wanted + 1 : wanted - 2;
  return wanted;
}

function weekdayRule(text: string): DayRule {
  if (text === 'L') return (year, month, day) => weekdayOf(year, month, day) === 7;
  const special = /^(\w+?)(?:L|#([1-5]))$/.exec(text);
  if (special) {
    const weekday = numberOf(special[1]!, weekdayField, text);
    const nth = special[2];
    return (year, month, day) =>
      weekdayOf(year, month, day) === weekday &&
      (nth === undefined ? day + 7 > lastOf(year, month) : Math.ceil(day / 7) === Number(nth));
  }
  const numbers = numbersOf(text, weekdayField);
  return (year, month, day) => numbers.has(weekdayOf(year, month, day));
}
