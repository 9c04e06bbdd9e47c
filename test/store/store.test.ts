import { describe, expect, it } from 'vitest';
import type { Table } from '../../shared/aws/table.ts';
import type { Entry } from '../../shared/build/ledger.ts';
import { succeeded } from '../../shared/build/outcome.ts';
import { mostDestinations } from '../../shared/model/distribution-configuration-schema.ts';
import { knownRegions } from '../../shared/model/regions.ts';
import { buildNumbers } from '../../shared/store/build-numbers.ts';
import { components } from '../../shared/store/components.ts';
import { ledgers } from '../../shared/store/ledgers.ts';
import { pipelines } from '../../shared/store/pipelines.ts';
import { type Wait, waits } from '../../shared/store/waits.ts';
import { testTable } from './test-table.ts';

const table = await testTable({ whole: true });

let names = 0;
const fresh = (name: string) => `${name}-${++names}`;

describe('the table', () => {
  it('answers undefined for a refused update and writes nothing', async () => {
    const key = { pk: fresh('item'), sk: 'item' };
    expect(
      await table.update(key, { set: 'a = :a', values: { ':a': 1 }, when: 'attribute_exists(pk)' }),
    ).toBeUndefined();
    expect(await table.get(key)).toBeUndefined();
  });
  it('puts a new item once', async () => {
    const item = { pk: fresh('item'), sk: 'item', a: 1 };
    expect(await table.putNew(item)).toBe(true);
    expect(await table.putNew({ ...item, a: 2 })).toBe(false);
    expect(await table.get({ pk: item.pk, sk: item.sk })).toEqual(item);
  });
  it('queries by prefix in order, newest first and limited on demand, over pages', async () => {
    const pk = fresh('pages');
    const text = 'x'.repeat(300_000);
    for (const sk of ['result#0', 'result#1', 'result#2', 'result#3', 'script#0']) await table.put({ pk, sk, text });
    const keys = async (...asked: Parameters<Table['query']>) => (await table.query(...asked)).map(({ sk }) => sk);
    expect(await keys(pk, 'result#')).toEqual(['result#0', 'result#1', 'result#2', 'result#3']);
    expect(await keys(pk, 'result#', { newestFirst: true, limit: 1 })).toEqual(['result#3']);
    expect(await keys(pk)).toHaveLength(5);
    await table.delete({ pk, sk: 'script#0' });
    expect(await keys(pk)).toHaveLength(4);
  });
  it('names the item and the table in its errors', async () => {
    await expect(table.update({ pk: 'p', sk: 's' }, { set: 'status = :s', values: { ':s': 1 } })).rejects.toMatchObject(
      {
        name: 'InvalidRequestError',
        message: expect.stringContaining('Tried to update item p / s of table builds: AWS said ValidationException'),
      },
    );
  });
});

describe('ledgers', () => {
  const entry: Entry = { kind: 'instance', region: 'us-east-1', token: 't', since: 1, until: 2 };
  const opened = async () => {
    const image = fresh('image');
    await ledgers(table).open(image, { stackId: 'the-stack', dateCreated: '2026-11-23T10:00:00.000Z' });
    return image;
  };
  it('an intention is noted, then its id added, then released', async () => {
    const image = await opened();
    const store = ledgers(table);
    await store.note(image, 'LaunchBuilder#0#0', entry);
    expect(await store.add(image, 'LaunchBuilder#0#0', { id: 'i-1' })).toBe(true);
    await store.release(image, ['LaunchBuilder#0#0'], 'then');
    expect((await store.read(image)).entries).toEqual({
      'LaunchBuilder#0#0': { ...entry, id: 'i-1', released: 'then' },
    });
  });
  it('many are released at once, as long as all are there', async () => {
    const image = await opened();
    const store = ledgers(table);
    const keys = Array.from({ length: 120 }, (_, index) => `RunComponent#${index}#0`);
    for (const key of keys) await store.note(image, key, entry);
    await store.release(image, keys, 'then');
    expect(Object.values((await store.read(image)).entries).filter(({ released }) => released === 'then')).toHaveLength(
      keys.length,
    );
    await store.release(image, [], 'later');
    await store.release(image, [keys[0]!, 'RunComponent#999#0'], 'later');
    const { entries } = await store.read(image);
    expect(entries).not.toHaveProperty('RunComponent#999#0');
    expect(entries[keys[0]!]!.released).toBe('then');
  });
  it('closed: no note, no fact, no publishing, no commit; the first closing stands', async () => {
    const image = await opened();
    const store = ledgers(table);
    await store.note(image, 'a#0#0', entry);
    await store.beginPublishing(image, [], 'now');
    expect(await store.close(image, 'first')).toMatchObject({ closed: 'first' });
    expect(await store.close(image, 'second')).toMatchObject({ closed: 'first' });
    await expect(store.note(image, 'b#0#0', entry)).rejects.toMatchObject({
      name: 'CancelledError',
      message: `The build of ${image} has ended: nothing more is made for it (b#0#0).`,
    });
    expect(await store.add(image, 'a#0#0', { id: 'i-1' })).toBe(false);
    await expect(store.beginPublishing(image, [], 'now')).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(store.commit(image, ['a#0#0'])).rejects.toMatchObject({ name: 'CancelledError' });
    expect((await store.read(image)).entries['a#0#0']).toEqual(entry);
  });
  it('opening again changes nothing; one that was never opened is missed by name', async () => {
    const image = await opened();
    await ledgers(table).note(image, 'a#0#0', entry);
    await ledgers(table).open(image, { stackId: 'the-stack', dateCreated: '2026-11-23T10:00:00.000Z' });
    expect((await ledgers(table).read(image)).entries).toHaveProperty('a#0#0');
    await expect(ledgers(table).read('none')).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(ledgers(table).close('none', 'now')).rejects.toMatchObject({ name: 'NotFoundError' });
  });
  it('the commit is one write: published, and the outputs kept', async () => {
    const image = await opened();
    const store = ledgers(table);
    await store.note(image, 'a#0#0', entry);
    await store.note(image, 'b#0#0', entry);
    await expect(store.commit(image, ['a#0#0'])).rejects.toMatchObject({ name: 'CancelledError' });
    const target = { kind: 'launchPermission' as const, region: 'r', id: 'ami-1', before: [], after: ['UserId=1'] };
    const first = await store.beginPublishing(image, [target], 'then');
    expect(first).toEqual({ status: 'PUBLISHING', began: 'then', targets: [target], acting: {} });
    expect(await store.beginPublishing(image, [{ ...target, before: ['UserId=1'] }], 'now')).toEqual(first);
    await store.commit(image, ['a#0#0']);
    const { entries, publication } = await store.read(image);
    expect(publication?.status).toBe('PUBLISHED');
    expect([entries['a#0#0']?.keep, entries['b#0#0']?.keep]).toEqual([true, undefined]);
  });
  it('as many outputs and exports as there may be, and as many targets, fit into expressions', async () => {
    const image = await opened();
    const store = ledgers(table);
    const keys = Array.from({ length: mostDestinations + knownRegions.length }, (_, index) => `CopyRegion#${index}#0`);
    for (const key of keys) await store.note(image, key, entry);
    const target = { kind: 'ssmParameter' as const, region: 'r', after: { value: 'ami-1', dataType: 'text' as const } };
    const targets = keys.map((id) => ({ ...target, id, before: {} }));
    await store.beginPublishing(image, targets, 'then');
    await store.tryTargets(image, [...targets.keys()], 5);
    await store.commit(image, keys);
    const { entries, publication } = await store.read(image);
    expect(publication).toMatchObject({ status: 'PUBLISHED', acting: { 5: 5 } });
    expect(publication?.targets.every(({ tried }) => tried)).toBe(true);
    expect(Object.values(entries).every(({ keep }) => keep)).toBe(true);
  });
});

describe('waits', () => {
  const wait = (resource: string): Wait => ({
    resource,
    wanted: 'running',
    image: 'image',
    entry: 'LaunchBuilder#0#0',
    timeline: 'LaunchBuilder',
    region: 'us-east-1',
  });
  it('the first result stands, and answers whoever registers after it', async () => {
    const store = waits(table);
    const one = wait(fresh('i'));
    await store.open(one, 0);
    expect((await store.register(one.resource, 'running', 'first')).token).toBeUndefined();
    expect((await store.register(one.resource, 'running', 'second')).token).toBe('first');
    const failure = { ok: false, error: 'ResourceFailedError', cause: 'died' } as const;
    expect(await store.settle(one, failure, 'event')).toMatchObject({ first: true, wait: { token: 'second' } });
    expect(await store.settle(one, succeeded, 'heartbeat')).toMatchObject({ first: false, wait: { result: failure } });
    expect(await store.register(one.resource, 'running', 'third')).toMatchObject({ result: failure, token: 'second' });
  });
  it('opening again keeps token and result; a stranger has none', async () => {
    const store = waits(table);
    const one = wait(fresh('i'));
    await store.open(one, 0);
    await store.register(one.resource, 'running', 'first');
    await store.open(one, 0);
    expect(await store.of(one.resource)).toEqual([expect.objectContaining({ token: 'first' })]);
    expect(await store.of('i-stranger')).toEqual([]);
  });
});

describe('build numbers', () => {
  it('a token has one, however often and at once it asks; another token the next', async () => {
    const store = buildNumbers(table, () => 0);
    const recipe = fresh('recipe');
    const asked = await Promise.all(Array.from({ length: 5 }, () => store.next(recipe, '1.0.0', 'one')));
    expect(new Set(asked).size).toBe(1);
    const other = await store.next(recipe, '1.0.0', 'two');
    expect(other).toBeGreaterThan(asked[0]!);
    expect(await store.next(recipe, '1.0.0', 'one')).toBe(asked[0]);
    expect(await store.next(recipe, '2.0.0', 'three')).toBe(1);
  });
});

describe('components', () => {
  it('same content is unchanged, other content the next build; references find the newest they allow', async () => {
    const store = components(table);
    const name = fresh('Hello_Web');
    expect(await store.put(name, '1.0.0', 'a')).toEqual({ build: 1, change: 'created' });
    expect(await store.put(name, '1.0.0', 'a')).toEqual({ build: 1, change: 'unchanged' });
    expect(await store.put(name, '1.0.0', 'b')).toEqual({ build: 2, change: 'created' });
    expect(await store.put(name, '1.10.0', 'c')).toEqual({ build: 1, change: 'created' });
    expect(await store.put(name, '1.9.0', 'd')).toEqual({ build: 1, change: 'created' });
    expect(await store.find(name, {})).toMatchObject({ version: '1.10.0', data: 'c' });
    expect(await store.find(name, { major: 1, minor: 0, patch: 0 })).toMatchObject({ build: 2, data: 'b' });
    expect(await store.find(name, { major: 1, minor: 0, patch: 0, build: 1 })).toMatchObject({ data: 'a' });
    expect(await store.find(name, { major: 2 })).toBeUndefined();
  });
  it('two that register at once get two builds', async () => {
    const store = components(table);
    const name = fresh('both');
    const put = await Promise.all([store.put(name, '1.0.0', 'a'), store.put(name, '1.0.0', 'b')]);
    expect(put.map(({ build }) => build).sort()).toEqual([1, 2]);
  });
});

describe('pipelines', () => {
  it('one that is not registered is missed by name, with what to do', async () => {
    await expect(pipelines(table).read('nothing here')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: "There is no pipeline nothing here: register it with put-resources or 'image-builder build'.",
    });
  });
});
