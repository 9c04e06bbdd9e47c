// Ages in the calendar's units, as lifecycle policies give them.

export const ageUnits = ['DAYS', 'WEEKS', 'MONTHS', 'YEARS'] as const;
export type AgeUnit = (typeof ageUnits)[number];

const day = 24 * 60 * 60_000;

/** `from` and `value` units of the calendar, in UTC: a month after 31 January is the last day of February. */
export function addAge(from: Date, value: number, unit: AgeUnit): Date {
  if (unit === 'DAYS' || unit === 'WEEKS') return new Date(from.getTime() + value * day * (unit === 'WEEKS' ? 7 : 1));
  const months = from.getUTCMonth() + value * (unit === 'YEARS' ? 12 : 1);
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate();
  const moved = new Date(from);
  moved.setUTCFullYear(from.getUTCFullYear(), months, Math.min(from.getUTCDate(), lastDay));
  return moved;
}

export type Age = { value: number; unit: AgeUnit };

/** Whether something that was made on some day is so old no later than it is as old as `other`. Two months are 59 to 62 days. */
export function mayComeFirst(age: Age, other: Age): boolean {
  // Four years from 2000, a leap year, have a day of each kind.
  for (let number = 1; number <= 1461; number++) {
    const from = new Date(Date.UTC(2000, 0, number));
    if (addAge(from, age.value, age.unit) <= addAge(from, other.value, other.unit)) return true;
  }
  return false;
}

/** `30 days`, `1 year` */
export function ageText(value: number, unit: AgeUnit): string {
  const word = unit.toLowerCase();
  return `${value} ${value === 1 ? word.slice(0, -1) : word}`;
}
