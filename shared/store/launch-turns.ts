// Keeps the line of the stack's launches: one number, to which each launch adds its share without reading it first.
import type { Table } from '../aws/table.ts';
import { ThrottledError } from '../errors.ts';

export type LaunchTurns = {
  /** Takes the next place; answers where the line ended before, in epoch milliseconds, never before `now`. What is taken stays taken. */
  take(perSecond: number, now: number): Promise<number>;
};

const key = { pk: 'launch-turns', sk: 'line' };
const names = { '#end': 'end' };
/** Times that the line may empty or fill between two writes. */
const mostTries = 20;

export function launchTurns(table: Table): LaunchTurns {
  return {
    async take(perSecond, now) {
      const share = Math.ceil(1000 / perSecond);
      for (let tries = 0; tries < mostTries; tries++) {
        const joined = await table.update(key, {
          set: '#end = #end + :share',
          names,
          values: { ':share': share, ':now': now },
          when: '#end > :now',
        });
        if (joined) return Number(joined.end) - share;
        const first = await table.update(key, {
          set: '#end = :end',
          names,
          values: { ':end': now + share, ':now': now },
          when: 'attribute_not_exists(#end) OR #end <= :now',
        });
        if (first) return now;
      }
      throw new ThrottledError('Too many builds took a turn to launch at once.');
    },
  };
}
