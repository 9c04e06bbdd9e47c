// The copy queue's store: only one of two writers wins, places stand in the order of the first question, tokens are forgotten once used.
import { describe, expect, it } from 'vitest';
import { freshSlots } from '../../shared/build/copy-queue.ts';
import { type CopySlots, copySlots } from '../../shared/store/copy-slots.ts';
import { memorySlots } from './memory-slots.ts';
import { testTable } from './test-table.ts';

const table = await testTable({ whole: true });

const now = Date.parse('2026-11-27T10:00:00.000Z');
const image = 'arn:aws:imagebuilder:us-east-1:123456789012:image/hello/1.0.0/1';
const place = (number: number, asked: number) => ({ copy: `${image} CopyRegion#${number}#0`, asked, snapshots: 2 });

describe.each<[string, () => CopySlots]>([
  ['the store', () => copySlots(table)],
  ['its stand-in in memory', memorySlots],
])('%s', (_, open) => {
  it('lets one of two writers win, whether the slots are new or not', async () => {
    const slots = open();
    const to = { account: '123456789012', region: 'eu-west-1' };
    expect(await slots.read(to)).toEqual({ ...freshSlots, version: 0 });
    const refusal = { by: 'one', since: now, at: now };
    const taken = { held: { one: { asked: now, snapshots: 1 } }, calls: 99.5, filled: now, refusal };
    expect(await slots.write(to, taken, 0)).toBe(true);
    expect(await slots.write(to, freshSlots, 0)).toBe(false);
    expect(await slots.read(to)).toMatchObject({ ...taken, version: 1 });
    const { refusal: _gone, ...freed } = { ...taken, held: {} };
    expect(await slots.write(to, freed, 1)).toBe(true);
    expect(await slots.write(to, taken, 1)).toBe(false);
    const { version, held, refusal: over } = await slots.read(to);
    expect({ version, held, over }).toEqual({ version: 2, held: {}, over: undefined });
    const all = [];
    for await (const one of slots.destinations()) all.push(one);
    expect(all).toContainEqual(to);
  });

  it('keeps places in the order of the first question, with the newest token', async () => {
    const slots = open();
    const to = { account: '123456789012', region: 'eu-west-2' };
    const [first, second] = [place(9, now), place(1, now + 1)];
    await slots.join(to, second, 'token-2');
    await slots.join(to, first, 'token-1');
    await slots.join(to, first, 'token-3');
    expect(await slots.queue(to, 10)).toMatchObject([{ ...first, token: 'token-3' }, second]);
    expect(await slots.queue(to, 1)).toHaveLength(1);
    await slots.woken(to, { ...first, token: 'token-1' });
    expect((await slots.queue(to, 1))[0]!.token).toBe('token-3');
    await slots.woken(to, { ...first, token: 'token-3' });
    expect((await slots.queue(to, 1))[0]!.token).toBeUndefined();
    await slots.leave(to, first);
    await slots.leave(to, first);
    await slots.woken(to, { ...first, token: 'token-3' });
    expect((await slots.queue(to, 10)).map(({ copy }) => copy)).toEqual([second.copy]);
  });
});

it('2,000 who wait do not make the item of the destination larger', async () => {
  const slots = copySlots(table);
  const to = { account: '123456789012', region: 'sa-east-1' };
  const held = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [place(index, 0).copy, { asked: now, snapshots: 1 }]),
  );
  await slots.write(to, { held, calls: 80, filled: now }, 0);
  const places = Array.from({ length: 2000 }, (_, index) => place(index, now + index));
  await table.putAll(
    places.map((one) => ({
      ...{ pk: 'copy-slots#123456789012#sa-east-1', sk: `waiting#${new Date(one.asked).toISOString()}#${one.copy}` },
      ...{ ...one, token: 'x'.repeat(2048) },
    })),
  );
  expect((await slots.queue(to, 200)).map(({ asked }) => asked)).toEqual(
    places.slice(0, 200).map(({ asked }) => asked),
  );
  expect(JSON.stringify(await slots.read(to)).length).toBeLessThan(10_000);
});
