// Schedule expressions: at, rate and cron, and when they are due next.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
import { AwsError } from '../service.ts';
import { nextOfCron, readCron } from './cron.ts';
import { momentOf } from './zone.ts';

export type Expression = {
  kind: 'at' | 'rate' | 'cron';
  /** The first moment after `after`; a rate counts from `base`. All in milliseconds. */
  next(after: number, base: number): number | undefined;
};

const units: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `rate(5 minutes)` → milliseconds, undefined for what is no rate. */
export function rateOf(expression: string): number | undefined {
  const [, value = '', unit = '', plural] = /^rate\(([1-9]\d{0,8}) (minute|hour|day)(s?)\)$/.exec(expression) ?? [];
  const isOne = value === '1';
  return value === '' || isOne !== (plural === '') ? undefined : Number(value) * units[unit]!;
}

/** Throws ValidationException. */
export function readExpression(text: string, timeZone: string): Expression {
  const rate = rateOf(text);
  if (rate !== undefined)
    return {
      kind: 'rate',
      // Due at its base too, when that is still to come.
      next: (after, base) => (base > after ? base : base + (Math.floor((after - base) / rate) + 1) * rate),
    };
  const cron = /^cron\((.*)\)$/.exec(text);
  if (cron) {
    const read = readCron(cron[1]!);
    return { kind: 'cron', next: (after) => nextOfCron(read, after, timeZone) };
  }
  const at = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)$/.exec(text);
  if (at) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = at.slice(1).map(Number);
    const wall = Date.UTC(year, month - 1, day, hour, minute, second);
    if (new Date(wall).toISOString().slice(0, 19) === text.slice(3, -1)) {
      const moment = momentOf(wall, timeZone);
      return { kind: 'at', next: (after) => (moment !== undefined && moment > after ? moment : undefined) };
    }
  }
  throw new AwsError('ValidationException', `Invalid Schedule Expression ${text}.`);
}
