// The Wait state: a number of seconds, or until a moment.
import type { WaitState } from '../definition.ts';
import { RuntimeFault } from '../failure.ts';
import { findPath, type Readable } from '../path.ts';
import type { Visit } from '../run.ts';
import { isTimestamp } from '../timestamp.ts';

export async function runWait({ run, line }: Visit, state: WaitState, from: Readable): Promise<void> {
  const milliseconds = Math.max(0, until(state, from, run.clock.now()));
  await line.scope.race(run.clock.sleep(milliseconds, line.scope.signal));
}

function until(state: WaitState, from: Readable, now: number): number {
  if (state.Seconds !== undefined) return state.Seconds * 1000;
  if (state.Timestamp !== undefined) return Date.parse(state.Timestamp) - now;
  const [field, path] = state.SecondsPath ? ['SecondsPath', state.SecondsPath] : ['TimestampPath', state.TimestampPath];
  const value = path ? findPath(path, from) : undefined;
  if (value === undefined) throw new RuntimeFault(`The ${field} parameter does not reference an input value: ${path}`);
  if (field === 'SecondsPath') return seconds(value, `${path} == ${value}`) * 1000;
  if (isTimestamp(value)) return Date.parse(value) - now;
  throw new RuntimeFault(
    `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${value}`,
  );
}

function seconds(value: unknown, where: string): number {
  if (!Number.isInteger(value))
    throw new RuntimeFault(`The SecondsPath parameter cannot be parsed as a long value: ${where}`);
  if (Number(value) < 0) throw new RuntimeFault(`The SecondsPath parameter references a negative value: ${where}`);
  return Number(value);
}
