// A home region with a key of its own: what is published there is a copy like any other, and the AMI that was made is gone.
import { describe, expect, it } from 'vitest';
import { outputs } from '../../shared/build/ending.ts';
import { entryKey } from '../../shared/build/ledger.ts';
import type { Plan } from '../../shared/build/plan.ts';
import { testTable } from '../store/test-table.ts';
import { type Interference, openEntries, wholeBuild } from './whole-build.ts';
import { home, planOf } from './world.ts';

const table = await testTable();

const other = '222222222222';
const consumer = '111111111111';
const kmsKeyId = 'alias/images';
const parameterName = '/images/web';
const lt = 'lt-00000000000000001';

/** The home region and another account there under keys of theirs, and another region. */
function changes(more: Partial<Plan> = {}): Partial<Plan> {
  const [here, there] = planOf('x/1').distributions;
  const launchPermission = there!.launchPermission!;
  return {
    ami: { name: 'hello source', amiTags: { of: 'recipe' } },
    distributions: [
      {
        ...{ ...here!, name: 'hello', kmsKeyId, launchPermission, amiTags: { of: 'distribution' } },
        ssmParameterConfigurations: [
          { parameterName, dataType: 'text' },
          { parameterName: `${parameterName}-theirs`, dataType: 'text', amiAccountId: other },
        ],
        launchTemplateConfigurations: [{ launchTemplateId: lt, setDefaultVersion: true }],
      },
      { ...here!, name: 'hello', kmsKeyId, accountId: other },
      { ...there!, name: 'hello' },
    ],
    copies: [0, 1, 2],
    ...more,
  };
}

async function built(interference: Interference = {}, more: Partial<Plan> = {}) {
  const before: NonNullable<Interference['before']> = async (state, build) => {
    if (state === 'PrepareImage') {
      build.world.surroundings.addKey(home.region, kmsKeyId, { arn: 'arn:aws:kms:us-east-1:123456789012:key/1' });
      build.world.consumers.addTemplate(home.region, lt, 'ami-before');
      build.world.consumers.addParameter(home.region, parameterName, 'ami-before', 'text');
      build.world.consumers.addParameter(home.region, `${parameterName}-theirs`, 'ami-before', 'text');
    }
    await interference.before?.(state, build);
  };
  return wholeBuild(table, { ...interference, before }, changes(more));
}

describe('a build whose home region names a key', () => {
  it('publishes copies only, and removes what they were made of', async () => {
    const ended = await built();
    const { world } = ended;
    expect([ended.status, ended.cause]).toEqual(['SUCCEEDED', undefined]);
    const ledger = await world.ledger();
    const made = ledger.entries[entryKey('SnapshotAmi', 0, 0)]!;
    const [own, theirs, away] = [0, 1, 2].map((index) => ledger.entries[entryKey('CopyRegion', index, 0)]!.id);
    expect(outputs(world.plan, ledger, home.accountId).map(({ image }) => image)).toEqual([own, theirs, away]);
    expect(
      world.ec2
        .remaining()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual([own, theirs, away].toSorted());
    expect(world.ec2.snapshots).toHaveLength(3);
    expect(world.ec2.ami(made.id!).state).toBe('deregistered');
    expect(await openEntries(ended)).toEqual([]);
    // Tested before it was copied, as for any other region.
    const tester = world.ec2.instances.find(({ id }) => id === ledger.entries[entryKey('LaunchTester', 0, 0)]!.id)!;
    expect(JSON.parse(tester.request)).toMatchObject({ ImageId: made.id });
    // Consumers get the copy, and nobody may use what it was made of.
    expect(world.consumers.seen()).toEqual({
      [`us-east-1 ${lt} $Default`]: own,
      [`us-east-1 ${lt} $Latest`]: own,
      [`us-east-1 ${parameterName}`]: own,
      [`us-east-1 ${parameterName}-theirs`]: theirs,
    });
    expect(world.ec2.ami(own!)).toMatchObject({ permissions: [consumer], tags: { of: 'distribution' }, name: 'hello' });
    expect(world.ec2.ami(made.id!)).toMatchObject({ permissions: [], tags: { of: 'recipe' }, name: 'hello source' });
    const { usage } = await world.read();
    expect(usage?.copies.map(({ region }) => region)).toEqual(['eu-west-1']);
  });
  it('shares what it made, not the copy, with the account that makes its own', async () => {
    const { world } = await built({
      before: (state) => (state === 'PublishImage' ? Promise.reject(new Error('x')) : 0),
    });
    const { entries } = await world.ledger();
    expect(entries[entryKey('ShareSource', 1, 0)]).toMatchObject({ id: entries[entryKey('SnapshotAmi', 0, 0)]!.id });
  });
  it('whose copy in the home region fails publishes nothing, and leaves nothing', async () => {
    const outside: Interference['outside'] = async (state, { world: { ec2, ledger } }) => {
      const entry = (await ledger()).entries[entryKey('CopyRegion', 0, 0)];
      if (state === 'CopyRegion' && entry?.id)
        Object.assign(ec2.ami(entry.id), { state: 'failed', reason: 'Client.InternalError: no' });
      return true;
    };
    const ended = await built({ outside });
    const { world } = ended;
    expect(ended.status).toBe('FAILED');
    expect(ended.cause).toMatch(
      /^AMI ami-\d+ in us-east-1 is failed instead of available: .+ The copy needs the key alias\/images of us-east-1, which the copy is to be under, in the name of account 123456789012\./,
    );
    expect((await world.read()).state.status).toBe('FAILED');
    expect([world.ec2.remaining(), world.ec2.snapshots, world.ec2.living()]).toEqual([[], [], []]);
    expect(new Set(Object.values(world.consumers.seen()))).toEqual(new Set(['ami-before']));
    expect(await openEntries(ended)).toEqual([]);
  });
  it('copies after the tests where the pipeline says so, and not at all where they fail', async () => {
    const ended = await built({ denied: ['EvaluateTests'] }, { testTimeoutMinutes: 0 });
    expect(ended.status).toBe('FAILED');
    expect(ended.states.filter((state) => state.startsWith('Copy'))).toEqual([]);
    expect(ended.world.ec2.remaining()).toEqual([]);
    const after = await built({}, { testTimeoutMinutes: 0 });
    expect(after.status).toBe('SUCCEEDED');
    expect(after.states.filter((state) => state.startsWith('Copy'))).toHaveLength(3);
  });
  it('keeps the AMI that it made for a retry, not its copy', async () => {
    const { world } = await built(
      { before: (state) => (state === 'PublishImage' ? Promise.reject(new Error('x')) : 0) },
      { retainForRetry: 24 },
    );
    const { entries } = await world.ledger();
    expect(world.ec2.remaining().map(({ id }) => id)).toEqual([entries[entryKey('SnapshotAmi', 0, 0)]!.id]);
  });
});
