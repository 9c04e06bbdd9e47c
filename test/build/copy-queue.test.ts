// Whose turn it is: by the order of the first question, the weight of a copy, and the calls that are left.
import { describe, expect, it } from 'vitest';
import {
  accepted,
  admitted,
  freshSlots,
  fullFor,
  refusedBy,
  type Slots,
  turnOf,
  unrefused,
  without,
} from '../../shared/build/copy-queue.ts';

const now = 1_000_000;
const limits = { snapshots: 20, images: 300 };
const place = (copy: string, snapshots = 1, asked = now) => ({ copy, snapshots, asked });
const holding = (...snapshots: number[]): Slots => ({
  ...freshSlots,
  held: Object.fromEntries(snapshots.map((count, index) => [`held-${index}`, { asked: 0, snapshots: count }])),
});
const names = (slots: Slots, queue: ReturnType<typeof place>[], most = limits) =>
  admitted(slots, queue, most).map(({ copy }) => copy);

describe('who may go', () => {
  it('is who fits beside what is under way, in order', () => {
    expect(names(holding(10, 8), [place('a'), place('b'), place('c')])).toEqual(['a', 'b']);
    expect(names(holding(20), [place('a')])).toEqual([]);
  });
  it('overtakes nobody, though it would fit', () => {
    expect(names(holding(18), [place('large', 3), place('small')])).toEqual([]);
  });
  it('counts AMIs too', () => {
    expect(names(holding(1, 1), [place('a'), place('b')], { snapshots: 20, images: 3 })).toEqual(['a']);
  });
  it('of more snapshots than the limit goes alone', () => {
    expect(names(freshSlots, [place('huge', 27), place('small')])).toEqual(['huge']);
    expect(names(holding(1), [place('huge', 27)])).toEqual([]);
    expect(names(holding(27), [place('small')])).toEqual([]);
  });
  it('is not who has a slot already', () => {
    expect(names(holding(19), [place('held-0', 19), place('a')])).toEqual(['a']);
  });
});

describe('a turn', () => {
  const queue = [place('a'), place('b')];
  it('takes a slot and a call', () => {
    expect(turnOf(freshSlots, queue, queue[0]!, limits, now)).toEqual({
      act: 'take',
      slots: { held: { a: { asked: now, snapshots: 1 } }, calls: 99, filled: now },
    });
  });
  it('is waited for, with the number of those before it', () => {
    expect(turnOf(holding(20), queue, queue[1]!, limits, now)).toEqual({ act: 'wait', before: 1 });
    expect(turnOf(holding(20), queue, place('behind all that was read'), limits, now)).toEqual({
      act: 'wait',
      before: 2,
    });
  });
  it('comes again for who has its slot, whoever waits, and costs another call', () => {
    const again = turnOf(holding(20), queue, place('held-0', 20), limits, now);
    expect(again).toMatchObject({ act: 'take', slots: { held: { 'held-0': { asked: 0, snapshots: 20 } }, calls: 99 } });
  });
  it('comes later while the bucket is empty: one call a second, a hundred at once', () => {
    const empty = { ...freshSlots, calls: 0.25, filled: now };
    expect(turnOf(empty, queue, queue[0]!, limits, now)).toEqual({ act: 'later', wait: 750 });
    expect(turnOf(empty, queue, queue[0]!, limits, now - 5000)).toEqual({ act: 'later', wait: 750 });
    expect(turnOf(empty, queue, queue[0]!, limits, now + 750)).toMatchObject({ act: 'take', slots: { calls: 0 } });
    expect(turnOf(empty, queue, queue[0]!, limits, now + 1e9)).toMatchObject({ act: 'take', slots: { calls: 99 } });
  });
});

it('clocks that differ do not fill the bucket faster: a hundred calls and one a second', () => {
  const skews = [0, 3000, -2000, 1500, -2500];
  let slots: Slots = { ...freshSlots, filled: now };
  let calls = 0;
  for (let step = 0; step < 6000; step++) {
    const one = place('a');
    const turn = turnOf(slots, [one], one, limits, now + step * 100 + skews[step % skews.length]!);
    if (turn.act !== 'take') continue;
    slots = without(turn.slots, 'a');
    calls++;
  }
  expect(calls).toBeLessThanOrEqual(100 + 600 + 3);
  expect(calls).toBeGreaterThan(690);
});

describe('a refusal by EC2', () => {
  const slots = refusedBy(holding(1), 'held-0', now);
  const queue = [place('held-0'), place('b')];
  it('frees the slot, and keeps the others from asking for a time', () => {
    expect(slots.held).toEqual({});
    expect(turnOf(slots, queue, queue[1]!, limits, now + 1)).toEqual({ act: 'wait', before: 1 });
    expect(turnOf(slots, queue, queue[0]!, limits, now + 1)).toMatchObject({ act: 'take' });
    expect(turnOf(slots, queue, queue[1]!, limits, now + fullFor)).toMatchObject({ act: 'take' });
  });
  it('lasts from the first to the copy that is taken', () => {
    expect(refusedBy(slots, 'b', now + 5).refusal).toEqual({ by: 'b', since: now, at: now + 5 });
    expect(accepted(slots)).toEqual({ ...freshSlots });
  });
  it('is nobody’s any more when the refused one is gone: the next one asks', () => {
    expect(unrefused(slots, 'b')).toBeUndefined();
    expect(turnOf(unrefused(slots, 'held-0')!, [queue[1]!], queue[1]!, limits, now + 1)).toMatchObject({ act: 'take' });
  });
});

it('a copy that has ended leaves the others their slots', () => {
  expect(without(holding(1, 2), 'held-0').held).toEqual({ 'held-1': { asked: 0, snapshots: 2 } });
});
