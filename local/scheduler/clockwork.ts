// Makes schedules fire, by the cloud's clock: one sleeper for each.
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { readExpression } from './expression.ts';
import type { Schedule } from './schedule.ts';

export type Firing = { schedule: Schedule; due: number; executionId: string };

export type Clockwork = {
  /** Starts, or starts anew. */
  wind(schedule: Schedule): void;
  halt(schedule: Pick<Schedule, 'group' | 'name' | 'region' | 'accountId'>): void;
  stop(): void;
};

export type Hands = {
  fire(firing: Firing): void;
  /** It has fired for the last time. */
  completed(schedule: Schedule): void;
};

/** A schedule that was due while nothing ran here is not made up for, unless it has one time only. */
export function clockwork(clock: Clock, hands: Hands): Clockwork {
  const running = new Map<string, AbortController>();
  const run = async (schedule: Schedule, signal: AbortSignal) => {
    const { kind, next } = readExpression(schedule.expression, schedule.timezone);
    // A rate without a start fires at once (Scheduler user guide, rate-based schedules).
    const base = schedule.startDate ?? schedule.modified;
    let after = Math.max(clock.now() - 1, kind === 'at' ? 0 : (schedule.startDate ?? 0) - 1, schedule.lastDue ?? 0);
    if (kind === 'at') after = schedule.lastDue ?? 0;
    for (;;) {
      const due = next(after, base);
      if (due === undefined || due > (schedule.endDate ?? Number.POSITIVE_INFINITY)) return hands.completed(schedule);
      await clock.sleep(Math.max(0, due + offset(schedule, due) - clock.now()), signal);
      schedule.lastDue = due;
      hands.fire({ schedule, due, executionId: randomUUID() });
      after = due;
    }
  };
  const halt: Clockwork['halt'] = (schedule) => {
    running.get(key(schedule))?.abort();
    running.delete(key(schedule));
  };
  return {
    wind(schedule) {
      halt(schedule);
      if (schedule.state === 'DISABLED') return;
      const abort = new AbortController();
      running.set(key(schedule), abort);
      run(schedule, abort.signal).catch((error: unknown) => {
        if (!abort.signal.aborted) throw error;
      });
    },
    halt,
    stop() {
      for (const abort of running.values()) abort.abort();
      running.clear();
    },
  };
}

export const key = ({ accountId, region, group, name }: Pick<Schedule, 'accountId' | 'region' | 'group' | 'name'>) =>
  `${accountId} ${region} ${group}/${name}`;

/** Somewhere in the flexible window; always the same for one time of one schedule. */
function offset(schedule: Schedule, due: number): number {
  if (schedule.window === 0) return 0;
  const hash = createHash('sha256')
    .update(`${key(schedule)} ${due}`)
    .digest()
    .readUInt32BE(0);
  return hash % (schedule.window * 60_000);
}
