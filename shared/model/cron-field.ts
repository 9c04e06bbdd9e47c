// The fields of a cron expression, and the numbers that the text of one means.

export type Field = {
  name: string;
  least: number;
  most: number;
  /** Names that stand for numbers, the first for `least`. */
  names?: string[];
  /** Characters beside numbers, `,`, `-`, `*` and `/`. */
  special: string;
};

export const minuteField: Field = { name: 'minutes', least: 0, most: 59, special: '' };
export const hourField: Field = { name: 'hours', least: 0, most: 23, special: '' };
export const dayField: Field = { name: 'day-of-month', least: 1, most: 31, special: '?LW' };
export const monthField: Field = {
  name: 'month',
  least: 1,
  most: 12,
  special: '',
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
};
export const weekdayField: Field = {
  name: 'day-of-week',
  least: 1,
  most: 7,
  special: '?L#',
  names: 'SUN MON TUE WED THU FRI SAT'.split(' '),
};
export const yearField: Field = { name: 'year', least: 1970, most: 2199, special: '' };

/** In the order of the expression. */
export const fields: Field[] = [minuteField, hourField, dayField, monthField, weekdayField, yearField];

/** What a number or name means; undefined where the field has no such number. */
export function numberOf({ least, most, names }: Field, text: string): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const value = named >= 0 ? least + named : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
}

/** The numbers, in order, of a field that is right and has none of its special characters. */
export function numbersOf(field: Field, text: string): number[] {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step] = item.split('/');
    const [from = '', to] = range.split('-');
    const first = from === '*' ? field.least : numberOf(field, from)!;
    const open = from === '*' || step !== undefined;
    const last = to !== undefined ? numberOf(field, to)! : open ? field.most : first;
    for (let number = first; number <= last; number += Number(step ?? 1)) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}
