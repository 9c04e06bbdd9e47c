// One field of a cron expression: the numbers that it lists.
import { AwsError } from '../service.ts';

export type Field = { name: string; least: number; most: number; names?: string[] };

export const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
export const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ');

/** `*`, numbers or names, ranges and steps, with commas between them; throws ValidationException for anything else. */
export function numbersOf(text: string, field: Field): Set<number> {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item);
    if (!match) throw invalid(text, field);
    const [, from = '', to, step] = match;
    const first = from === '*' ? field.least : numberOf(from, field, text);
    const open = from === '*' || step !== undefined;
    const last = to !== undefined ? numberOf(to, field, text) : open ? field.most : first;
    const stride = Number(step ?? 1);
    if (first > last || stride < 1 || (from === '*' && to !== undefined)) throw invalid(text, field);
    for (let number = first; number <= last; number += stride) found.add(number);
  }
  return found;
}

export function numberOf(text: string, field: Field, whole = text): number {
  const named = field.names?.indexOf(text) ?? -1;
  const number = named >= 0 ? field.least + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= field.least && number <= field.most) return number;
  throw invalid(whole, field);
}

export const invalid = (text: string, field: Pick<Field, 'name'>): AwsError =>
  new AwsError('ValidationException', `Invalid Schedule Expression: ${text} is no ${field.name} of a cron expression`);
