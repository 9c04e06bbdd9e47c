import { describe, expect, it } from 'vitest';
import type { Entry, Ledger } from '../../shared/build/ledger.ts';
import { ownSnapshots } from '../../shared/build/snapshots.ts';
import { type Facts, verdict } from '../../shared/build/sweep.ts';
import { ownership, type TaggedResource } from '../../shared/model/ownership.ts';

const now = Date.parse('2026-11-27T10:00:00.000Z');
const old = '2026-11-27T08:00:00.000Z';
const instance: Entry = { kind: 'instance', region: 'us-east-1', token: 't', since: 0, until: 0, id: 'i-1' };
const ledger = (facts: Partial<Ledger> = {}): Ledger => ({
  entries: { a: instance },
  stackId: 'ours',
  dateCreated: old,
  ...facts,
});
const judge = (facts: Partial<Facts>) =>
  verdict({ ledger: ledger(), recorded: true, execution: 'FAILED', stackId: 'ours', now, ...facts });
const closed = { closed: old };
const published = { publication: { status: 'PUBLISHED' as const, targets: [] } };
const open = { entries: {} };

describe('the verdict of the sweep', () => {
  it.each([
    ['a build that runs', { execution: 'RUNNING' }],
    ['a build that is about to be redriven', { execution: 'PENDING_REDRIVE' }],
    ['a redriven build, though its ledger is closed', { execution: 'RUNNING', ledger: ledger(closed) }],
    [
      'a build that is just being started',
      { execution: undefined, ledger: ledger({ ...open, dateCreated: '2026-11-27T09:46:00.000Z' }) },
    ],
  ])('leaves %s', (_, facts) => {
    expect(judge(facts)).toEqual({ act: 'leave' });
  });
  it.each([
    ['that failed', {}],
    ['that was stopped', { execution: 'ABORTED' }],
    ['that took too long', { execution: 'TIMED_OUT' }],
    ['whose ledger is closed, whatever became of its execution', { ledger: ledger(closed), execution: undefined }],
    ['that is published and has something else left', { ledger: ledger(published), execution: 'SUCCEEDED' }],
    ['that was never started', { ledger: ledger(open), execution: undefined }],
    ['of which there is a ledger and nothing else', { ledger: ledger(open), execution: undefined, recorded: false }],
  ])('releases a build %s', (_, facts) => {
    expect(judge(facts)).toEqual({ act: 'release' });
  });
  it.each([
    ['of another stack', { ledger: ledger({ stackId: 'theirs', ...closed }) }, 'of another stack, theirs'],
    ['that has not seen its build succeed', { execution: 'SUCCEEDED' }, 'was the table restored?'],
    ['that owns something, of an unknown execution', { execution: undefined }, 'knows no execution'],
    ['that owns something, without a record', { recorded: false }, 'no image record'],
    ['that is closed and owns something, without a record', { recorded: false, ledger: ledger(closed) }, 'no image'],
  ])('refuses a ledger %s', (_, facts, why) => {
    expect(judge(facts)).toEqual({ act: 'refuse', reason: expect.stringContaining(why) });
  });
});

describe('whose a resource is', () => {
  const entries = { a: instance, b: { ...instance, kind: 'image' as const, id: 'ami-1' } };
  const resource = (facts: Partial<TaggedResource>): TaggedResource => ({
    kind: 'instance',
    id: 'i-1',
    region: 'us-east-1',
    state: 'running',
    stack: 'ours',
    image: 'x',
    entry: 'a',
    ...facts,
  });
  const whose = (facts: Partial<TaggedResource>, view: Partial<Ledger> | undefined = {}) =>
    ownership(resource(facts), view && ledger({ entries, ...view }), { stackId: 'ours', now });
  const kept = (facts: Partial<Entry>) => ({ entries: { a: { ...instance, ...facts } } });
  const snapshot = { kind: 'snapshot' as const, id: 'snap-1', entry: 'b' };
  const keptImage = { entries: { b: { ...entries.b, keep: true } }, ...closed };

  it.each<[string, Partial<TaggedResource>, Partial<Ledger> | undefined]>([
    ['live', {}, {}],
    ['live', {}, kept({ id: undefined as never })],
    ['leftover', {}, closed],
    ['kept', {}, { ...kept({ keep: true }), ...closed }],
    ['published', {}, { ...kept({ keep: true }), ...published }],
    ['leftover', {}, { ...kept({ released: '2026-11-27T09:59:00.000Z' }), ...closed }],
    ['orphan', {}, { ...kept({ released: old }), ...closed }],
    ['orphan', { id: 'i-2' }, {}],
    ['orphan', { entry: 'z' }, {}],
    ['orphan', { entry: '__proto__' }, {}],
    ['orphan', {}, { stackId: 'theirs' }],
    ['foreign', { stack: 'theirs' }, {}],
    ['live', { ...snapshot, of: ['ami-1'] }, {}],
    ['live', { ...snapshot, of: [] }, {}],
    ['orphan', { ...snapshot, of: ['ami-2'] }, {}],
    ['published', { ...snapshot, of: ['ami-2', 'ami-1'] }, { ...keptImage, ...published }],
    ['orphan', { ...snapshot, of: [] }, { ...keptImage, ...published }],
    ['live', { kind: 'volume', id: 'vol-1', of: ['i-1'] }, {}],
    ['orphan', { kind: 'volume', id: 'vol-1', of: ['i-2'] }, {}],
    ['orphan', { kind: 'volume', id: 'vol-1' }, { ...kept({ released: old }), ...closed }],
    ['leftover', { kind: 'parameter', id: '/x' }, closed],
    ['published', { kind: 'parameter', id: '/x' }, published],
  ])('%s: %o of %o', (expected, facts, view) => {
    expect(whose(facts, view)).toBe(expected);
  });
  it('orphan without a ledger', () => {
    expect(ownership(resource({}), undefined, { stackId: 'ours', now })).toBe('orphan');
  });
});

describe('the snapshots of an AMI', () => {
  const snapshot = (id: string, description: string) => ({ id, description, tags: {} });
  const own = snapshot('snap-1', 'Created by CreateImage(i-1) for ami-1');
  const copied = snapshot('snap-2', '[Copied snap-1 from us-east-1]');
  const other = snapshot('snap-3', 'Copied for DestinationAmi ami-11 from SourceAmi ami-1 for SourceSnapshot snap-1.');
  const ami = (state: string, snapshots: string[]) => ({
    ...{ id: 'ami-1', name: 'n', state, tags: {}, snapshots, devices: [] },
  });
  const ids = (...asked: Parameters<typeof ownSnapshots>) => ownSnapshots(...asked).map(({ id }) => id);

  it('are what an available AMI names, and nothing that was copied with its tags', () => {
    expect(ids([own, copied, other], 'ami-1', [ami('available', ['snap-1'])])).toEqual(['snap-1']);
    expect(ids([own, copied], 'ami-1', [ami('available', [])])).toEqual([]);
  });
  it('are what EC2 describes as its own while it is pending or gone', () => {
    expect(ids([own, copied, snapshot('snap-4', 'Created by CreateImage(i-1) for ami-12')], 'ami-1', [])).toEqual([
      'snap-1',
    ]);
    expect(ids([own, copied, other], 'ami-1', [ami('pending', [])])).toEqual(['snap-1']);
  });
  it('of an AMI whose id nobody knows are those that EC2 made for an AMI', () => {
    expect(ids([own, copied, other], undefined, [])).toEqual(['snap-1', 'snap-3']);
  });
});
