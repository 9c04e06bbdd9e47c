import { expect, test } from 'vitest';
import { replay } from '../../cli/progress/replay.ts';
import { at, command, entry, image } from './image.ts';

test('what happened between two looks comes in order of time, each command without its end first', () => {
  const before = image({ timeline: { A: entry('A', 0) }, state: { status: 'CREATING' } });
  const after = image({
    timeline: { A: entry('A', 0, 1), B: entry('B', 1, 2, command), C: entry('C', 2, 3, command), D: entry('D', 3) },
    state: { status: 'AVAILABLE' },
    dateEnded: at(4),
    notes: ['new'],
  });
  const moments = replay(before, after);
  const shown = moments.map(({ timeline, state }) => [
    state.status,
    ...Object.values(timeline).map(({ state: name, ended }) => (ended ? `${name} done` : name)),
  ]);
  expect(shown).toEqual([
    ['CREATING', 'A done', 'B'],
    ['CREATING', 'A done', 'B done', 'C'],
    ['AVAILABLE', 'A done', 'B done', 'C done', 'D'],
  ]);
  expect(moments.map(({ dateEnded, notes }) => [dateEnded, notes.length])).toEqual([
    [undefined, 0],
    [undefined, 0],
    [at(4), 1],
  ]);
});

test('nothing new is one record', () => {
  const record = image({ timeline: { B: entry('B', 1, 2, command) } });
  expect(replay(record, record)).toEqual([record]);
  expect(replay(undefined, image())).toEqual([image()]);
});
