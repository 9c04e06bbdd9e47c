// A whole build on paper whose home region names a key, with another region and another account: what is published, and what is left where its copies are struck or fail.
import { describe, expect, it } from 'vitest';
import { keyPolicy } from '../local/iam/scenes/keys.ts';
import { buildUnderKeys } from './build.ts';
import { faultsOf } from './faults.ts';
import { accountId } from './paper-cloud.ts';
import { random, sample } from './random.ts';
import { singles, sweep } from './sweep.ts';
import { judge } from './verdict.ts';
import { targetAccount } from './world.ts';

describe('a build whose home region names a key', () => {
  it('publishes copies under the key of each account, and nothing is left of what they are made of', async () => {
    const seen = await buildUnderKeys();
    expect(judge(seen, [])).toEqual({ status: 'AVAILABLE', broken: [], orphans: 0 });
    for (const { state, endedBy } of Object.values(seen.image.timeline))
      if (state === 'CopyRegion') expect(endedBy).toBe('event');
    const { images, snapshots } = seen.records;
    const keyOf = (id: string) => snapshots[images[id]!.blockDevices[0]!.snapshotId]!.kmsKeyId ?? '';
    const published = seen.image.outputResources.amis.map(({ region, accountId: account, image }) => {
      const [, , , , owner] = keyOf(image).split(':');
      return [region, account, owner];
    });
    expect(published).toEqual([
      ['us-east-1', accountId, accountId],
      ['us-east-1', targetAccount, targetAccount],
      ['eu-west-1', accountId, undefined],
      ['eu-west-1', targetAccount, undefined],
      ['eu-central-1', accountId, undefined],
    ]);
    const made = seen.ledger.entries['SnapshotAmi#0#0']!;
    expect([made.released !== undefined, images[made.id!]]).toEqual([true, undefined]);
  }, 60_000);

  it('leaves nothing behind and ends as it should where a copy in the home region is struck', async () => {
    const all = await singles(buildUnderKeys);
    const [key] = all.map((one) => one.key).filter((one) => / ec2\.CopyImage us-east-1 /.test(one));
    expect(key).toBeDefined();
    const strikes = sample(faultsOf(key!), 3, random(5)).map((fault) => [{ key: key!, fault }]);
    const { failures, rows } = await sweep(strikes, undefined, { make: buildUnderKeys });
    expect(failures).toEqual([]);
    expect([...rows.values()].reduce((sum, { orphans }) => sum + orphans, 0)).toBe(0);
  }, 120_000);

  it('whose key EBS may not use is published nowhere, says so, and leaves nothing', async () => {
    const denied = { Effect: 'Deny', Principal: '*', Action: 'kms:CreateGrant', Resource: '*' };
    const seen = await buildUnderKeys([], keyPolicy(denied));
    expect(seen.image.state).toMatchObject({
      status: 'FAILED',
      reason: expect.stringMatching(
        /^AMI ami-\w+ in us-east-1 is failed instead of available: .+ EBS says: Given key ID is not accessible\. The copy needs the key alias\/images of us-east-1, which the copy is to be under/,
      ),
    });
    const { status, broken, orphans } = judge(seen, []);
    // The judge knows of no key: that the build failed is all it may say.
    expect({ status, orphans, broken: broken.filter((one) => !one.startsWith('the fault was transient')) }).toEqual({
      ...{ status: 'FAILED', orphans: 0, broken: [] },
    });
    expect(
      Object.values(seen.records.images).filter(({ accountId: of }) => [accountId, targetAccount].includes(of)),
    ).toEqual([]);
  }, 60_000);
});
