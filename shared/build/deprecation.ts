// When an AMI is deprecated: a period after its publication, by the calendar in UTC.
import type { DeprecateAfter } from '../model/retirement-schema.ts';

/** `began`: ISO time. Of a month that is too short the last day is taken. */
export function deprecationDate(began: string, { value, unit }: DeprecateAfter): Date {
  const date = new Date(began);
  if (unit === 'DAYS' || unit === 'WEEKS') {
    date.setUTCDate(date.getUTCDate() + value * (unit === 'WEEKS' ? 7 : 1));
    return date;
  }
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + value * (unit === 'YEARS' ? 12 : 1), 1);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date;
}
