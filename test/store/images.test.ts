import { describe, expect, it } from 'vitest';
import { newWorld } from '../phase/world.ts';
import { testTable } from './test-table.ts';

const table = await testTable({ whole: true });

const setUp = async () => {
  const { image, gateways } = await newWorld(table);
  return { image, store: gateways.images };
};
const ended = { status: 'FAILED' as const, reason: 'why', amis: [], dateEnded: 'end', open: [] as string[] };

describe('an image’s status', () => {
  it('moves forward and never back, and remembers what was not announced', async () => {
    const { image, store } = await setUp();
    expect(await store.advance(image, 'BUILDING')).toMatchObject({
      state: { status: 'BUILDING' },
      unannounced: 'PENDING',
    });
    expect(await store.advance(image, 'CREATING')).toMatchObject({ state: { status: 'BUILDING' } });
    await store.announced(image, 'PENDING');
    expect(await store.read(image)).not.toHaveProperty('unannounced');
    await store.announced(image, 'PENDING');
  });
  it('ends once: a later ending and a later advance change nothing', async () => {
    const { image, store } = await setUp();
    expect(await store.end(image, ended)).toMatchObject({
      state: { status: 'FAILED', reason: 'why' },
      dateEnded: 'end',
      unannounced: 'PENDING',
    });
    const again = await store.end(image, { ...ended, status: 'CANCELLED', dateEnded: 'later' });
    expect(again).toMatchObject({ state: { status: 'FAILED' }, dateEnded: 'end' });
    expect((await store.advance(image, 'TESTING')).state.status).toBe('FAILED');
  });
});

describe('an image’s timeline', () => {
  it('begins an entry once and adds to it', async () => {
    const { image, store } = await setUp();
    await store.begin(image, 'RunComponent#2', { state: 'RunComponent', index: 2, started: '1' });
    await store.begin(image, 'RunComponent#2', { state: 'RunComponent', index: 2, started: '2' });
    await store.describe(image, 'RunComponent#2', { commandId: 'c', resource: 'c' });
    await store.finish(image, 'RunComponent#2', { ended: '3', endedBy: 'event' });
    expect((await store.read(image)).timeline).toEqual({
      'RunComponent#2': {
        ...{ state: 'RunComponent', index: 2, started: '1', ended: '3', endedBy: 'event' },
        ...{ commandId: 'c', resource: 'c' },
      },
    });
  });
  it('facts of a state that never began are dropped', async () => {
    const { image, store } = await setUp();
    await store.finish(image, 'CopyRegion#9', { ended: '3' });
    expect((await store.read(image)).timeline).toEqual({});
  });
  it('the end of the image ends what is open, and only that', async () => {
    const { image, store } = await setUp();
    await store.begin(image, 'LaunchBuilder', { state: 'LaunchBuilder', started: '1' });
    await store.finish(image, 'LaunchBuilder', { ended: '2' });
    await store.begin(image, 'CopyRegion#1', { state: 'CopyRegion', index: 1, started: '3' });
    await store.end(image, { ...ended, open: ['LaunchBuilder', 'CopyRegion#1'] });
    const { timeline } = await store.read(image);
    expect([timeline.LaunchBuilder?.ended, timeline['CopyRegion#1']?.ended]).toEqual(['2', 'end']);
  });
  it('the end of the image ends what is open, however much that is', async () => {
    const { image, store } = await setUp();
    const open = Array.from({ length: 130 }, (_, index) => `CopyRegion#${index}`);
    for (const [index, key] of open.entries())
      await store.begin(image, key, { state: 'CopyRegion', index, started: '1' });
    await store.end(image, { ...ended, open });
    const { timeline, state } = await store.read(image);
    expect([...new Set(Object.values(timeline).map((one) => one.ended))]).toEqual(['end']);
    expect([Object.keys(timeline).length, state.status]).toEqual([130, 'FAILED']);
  });
  it('an image that has ended gets no entry more', async () => {
    const { image, store } = await setUp();
    await store.end(image, ended);
    const late = { state: 'RunComponent', index: 2, started: '1' };
    expect(await store.begin(image, 'RunComponent#2', late)).toEqual(late);
    expect((await store.read(image)).timeline).toEqual({});
  });
  it('what an image had begun before it ended is answered afterwards', async () => {
    const { image, store } = await setUp();
    const first = { state: 'Cleanup', started: '1' };
    await store.begin(image, 'Cleanup', first);
    await store.end(image, ended);
    expect(await store.begin(image, 'Cleanup', { state: 'Cleanup', started: '2' })).toEqual(first);
  });
  it('Cleanup that has left nothing is written whole, also after the end, and what was left is no more', async () => {
    const { image, store } = await setUp();
    await store.end(image, ended);
    await store.leave(image, [{ kind: 'image', id: 'ami-1', region: 'us-east-1', reason: 'why' }]);
    expect((await store.read(image)).leftovers).toHaveLength(1);
    const cleanup = { state: 'Cleanup', started: '1', ended: '2' };
    await store.cleaned(image, cleanup);
    const record = await store.read(image);
    expect(record.timeline).toEqual({ Cleanup: cleanup });
    expect(record).not.toHaveProperty('leftovers');
    await store.cleaned('none', cleanup);
    expect(await store.find('none')).toBeUndefined();
  });
  it('the first state that fails is remembered, and none that fails because Cleanup is at work', async () => {
    const { image, store } = await setUp();
    await store.fail(image, 'CopyRegion');
    await store.fail(image, 'RunTest');
    expect((await store.read(image)).failedStep).toBe('CopyRegion');
    const other = await setUp();
    await other.store.begin(other.image, 'Cleanup', { state: 'Cleanup', started: '1' });
    await other.store.fail(other.image, 'RunTest');
    expect(await other.store.read(other.image)).not.toHaveProperty('failedStep');
  });
});

describe('an image’s notes', () => {
  it('are kept in order, each once', async () => {
    const { image, store } = await setUp();
    await store.note(image, ['a', 'b']);
    await store.note(image, ['b', 'c']);
    await store.note(image, []);
    expect((await store.read(image)).notes).toEqual(['a', 'b', 'c']);
  });
});

describe('all images', () => {
  it('come newest first, over pages', async () => {
    const first = await setUp();
    const second = await setUp();
    const seen: string[] = [];
    for await (const { arn } of first.store.all()) seen.push(arn);
    expect(seen.slice(0, 2)).toEqual([second.image, first.image]);
  });
  it('one that does not exist is missed by name', async () => {
    const { store } = await setUp();
    await expect(store.read('none')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: 'There is no image none.',
    });
  });
});
