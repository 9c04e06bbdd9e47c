// Local time of IANA time zones: which moments a wall clock shows a time at.
import { AwsError } from '../service.ts';

/** A time on a wall clock, written as the milliseconds that it would be in UTC. */
export type WallTime = number;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Throws ValidationException for what is no time zone of the IANA database. */
export function checkZone(timeZone: string): void {
  try {
    if (!/^[A-Za-z]/.test(timeZone)) throw new RangeError(timeZone);
    formatOf(timeZone);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new AwsError('ValidationException', `Invalid ScheduleExpressionTimezone: ${timeZone}`);
  }
}

export function wallTime(moment: number, timeZone: string): WallTime {
  if (timeZone === 'UTC') return moment;
  const part: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(moment)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const day = 86_400_000;

/**
 * The moment at which the clock shows this time. Where it shows it twice, the first: a schedule runs once, before the
 * shift. Undefined where it never does: that run is skipped.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function momentOf(wall: WallTime, timeZone: string): number | undefined {
  if (timeZone === 'UTC') return wall;
  // Clocks change by less than a day, and not twice within two.
  const offsets = [wall - day, wall + day].map((moment) => wallTime(moment, timeZone) - moment);
  const moments = offsets.map((offset) => wall - offset).filter((moment) => wallTime(moment, timeZone) === wall);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const fields = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  const made = new Intl.DateTimeFormat('en-US', {
    ...fields,
    timeZone,
    hourCycle: 'h23',
    calendar: 'iso8601',
    numberingSystem: 'latn',
  });
  formats.set(timeZone, made);
  return made;
}
