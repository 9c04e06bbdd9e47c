// A clock that leaps to the next sleeper as soon as nothing else is left to do, so that hours of waiting pass in milliseconds.
import type { Clock } from '../clock.ts';
import { type Sleeper, Sleepers } from './sleepers.ts';

/**
 * Time stands still while promises settle and leaps when the event loop comes round idle; work that is done elsewhere (a process,
 * a socket) must be told to the clock with `during`, or time passes over it.
 */
export function impatientClock(
  start = Date.UTC(2026, 0, 1),
): Clock & { during<T>(work: Promise<T>): Promise<T>; sleepers(): number } {
  let time = start;
  let order = 0;
  let held = 0;
  let scheduled = false;
  const sleepers = new Sleepers();
  const schedule = () => {
    if (scheduled || held > 0 || sleepers.size === 0) return;
    scheduled = true;
    setImmediate(leap);
  };
  const leap = () => {
    scheduled = false;
    if (held > 0) return;
    const next = sleepers.take();
    if (!next) return;
    time = Math.max(time, next.due);
    next.wake();
    schedule();
  };
  return {
    now: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const abort = () => {
          sleepers.remove(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper: Sleeper = { due: time + milliseconds, order: order++, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
        schedule();
      }),
    async during(work) {
      held += 1;
      try {
        return await work;
      } finally {
        held -= 1;
        schedule();
      }
    },
    sleepers: () => sleepers.size,
  };
}
