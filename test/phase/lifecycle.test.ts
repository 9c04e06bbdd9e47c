// Retirement case by case: what is due, what is spared and why, and what happens when something changes or fails on the way.
import { beforeEach, describe, expect, test } from 'vitest';
import type { ImageDecision } from '../../shared/model/lifecycle.ts';
import {
  type Account,
  addImage,
  arnOf,
  day,
  emptyAccount,
  type LifecycleWorld,
  lifecycleWorld,
  other,
  policyName,
  policyOf,
  start,
} from './lifecycle-world.ts';

let account: Account;

/** web 1.0.0/1 to 1.0.0/4, ten days apart, the newest first in age: /4 is 10 days old. */
beforeEach(() => {
  account = emptyAccount();
  for (const build of [1, 2, 3, 4])
    addImage(account, {
      ...{ name: 'web', version: `1.0.0/${build}`, age: (5 - build) * 10 },
      amis: { [`ami-${build}`]: {}, [`ami-${build}-eu`]: { region: 'eu-west-1' } },
    });
});

const web = (build: number) => arnOf('web', `1.0.0/${build}`);
const of = (decisions: ImageDecision[], arn: string) => decisions.find(({ image }) => image === arn)!;
const detail = (type: string, filter: object, more: object = {}) => ({
  action: { type, includeResources: { amis: true, snapshots: type === 'DELETE' } },
  ...{ filter, ...more },
});

describe('what is due', () => {
  test('the newest stay, the rest goes with snapshots in every region and account, and is told', async () => {
    addImage(account, { name: 'web', version: '1.0.0/0', age: 90, amis: { 'ami-far': { account: other } } });
    const world = lifecycleWorld(account, policyOf());
    const { decisions, counts, run } = await world.apply();
    expect([...account.amis.keys()]).toEqual(['ami-3', 'ami-3-eu', 'ami-4', 'ami-4-eu']);
    expect([...account.snapshots]).toEqual(['snap-of-ami-3', 'snap-of-ami-3-eu', 'snap-of-ami-4', 'snap-of-ami-4-eu']);
    expect(of(decisions, web(2))).toMatchObject({
      ...{ action: 'DELETE', reason: 'it is number 3 of web, newest first, and 2 are kept' },
      amis: [{ ami: 'ami-2', action: 'DELETE', snapshots: ['snap-of-ami-2'] }, { ami: 'ami-2-eu' }],
    });
    expect(of(decisions, web(3)).reason).toBe('DELETE: it is number 2 of web, newest first, and 2 are kept');
    expect(counts).toMatchObject({ images: 5, deleted: 3, failed: 0 });
    expect(run).toMatchObject({ status: 'SUCCESS', trigger: 'manual' });
    expect(world.image(web(1))).toMatchObject({
      state: { status: 'DELETED', reason: expect.stringContaining('DELETE by policy retire: it is number 4') },
      outputResources: { amis: [{ state: { status: 'DELETED' } }, { state: { status: 'DELETED' } }] },
      lifecycle: { action: 'DELETE', by: 'policy retire', run: run!.id },
    });
    expect(world.events).toContainEqual({ image: web(1), from: 'AVAILABLE', to: 'DELETED' });
    expect(world.released.get(`${web(1)} CopyRegion#0#0`)).toBe(false);
  });

  test('versions of a recipe are one family, unless the policy counts them apart', async () => {
    addImage(account, { name: 'Web', version: '2.0.0/1', age: 1, amis: { 'ami-new': {} } });
    const together = await lifecycleWorld(account, policyOf()).dryRun();
    expect(together.counts.deleted).toBe(3);
    const apart = await lifecycleWorld(account, policyOf({ retainAcrossVersions: false })).dryRun();
    expect(apart.counts.deleted).toBe(2);
    expect(of(apart.decisions, web(1)).reason).toBe('it is number 4 of web 1.0.0, newest first, and 2 are kept');
  });

  test('failed and cancelled images and builds under way fill no place', async () => {
    for (const [index, status] of (['FAILED', 'CANCELLED', 'BUILDING', 'DELETED'] as const).entries())
      addImage(account, { name: 'web', version: `1.0.0/${index + 5}`, age: 1, status });
    const { decisions } = await lifecycleWorld(account, policyOf()).dryRun();
    expect(decisions.filter(({ action }) => action).map(({ image }) => image)).toEqual([web(2), web(1)]);
  });

  test('a revoked image fills no place, and what was distributed of another one has that one’s', async () => {
    const revoked = { at: '2026-11-20T10:00:00.000Z', reason: 'CVE-2026-1' };
    addImage(account, { name: 'web', version: '1.0.0/5', age: 5, amis: { 'ami-5': {} }, more: { revoked } });
    const distributionOf = { image: 'ami-1', region: 'us-east-1', from: web(1) };
    const far = { 'ami-6': { region: 'ap-south-1' } };
    addImage(account, { name: 'web', version: '1.0.0/6', age: 1, amis: far, more: { distributionOf } });
    const { decisions } = await lifecycleWorld(account, policyOf()).dryRun();
    expect(decisions.filter(({ action }) => action).map(({ image }) => image)).toEqual([web(6), web(2), web(1)]);
    expect(of(decisions, web(6)).reason).toBe('it is number 4 of web, newest first, and 2 are kept');
    expect(of(decisions, web(5)).reason).toBe('DELETE: it is number 1 of web, newest first, and 2 are kept');
  });

  test('an image whose AMIs somebody has deregistered fills no place: what is left is kept', async () => {
    for (const id of ['ami-4', 'ami-4-eu', 'ami-3', 'ami-3-eu']) account.amis.delete(id);
    const world = lifecycleWorld(account, policyOf());
    const { decisions } = await world.apply();
    expect(of(decisions, web(1)).reason).toBe('DELETE: it is number 2 of web, newest first, and 2 are kept');
    expect(account.amis.has('ami-1') && account.amis.has('ami-2')).toBe(true);
    expect(world.acts).toEqual([]);
  });

  test('an image that another run is at is left to that, and told; the next run sees to it, and to one whose run was killed', async () => {
    const world = lifecycleWorld(account, policyOf());
    account.images.get(web(1))!.retiring = { run: 'other', until: start + 5 * 60_000 };
    const first = await world.apply();
    expect(first.problems).toEqual([
      `${web(1)}: another run is retiring it at this moment, so this one has left it alone. The next run, or the same call again, sees to it.`,
    ]);
    expect(first.run!.status).toBe('FAILED');
    expect([account.amis.has('ami-1'), account.amis.has('ami-2')]).toEqual([true, false]);
    expect(world.image(web(1)).retiring).toMatchObject({ run: 'other' });
    world.pass(6 * 60_000);
    expect((await world.apply()).problems).toEqual([]);
    expect(account.amis.has('ami-1')).toBe(false);
    expect(world.image(web(1)).retiring).toBeUndefined();
  });

  test('deprecated today, disabled tomorrow, deleted the day after: one action a day, and never two in one run', async () => {
    const age = (value: number) => ({ type: 'AGE', value, unit: 'DAYS' });
    const policyDetails = [
      detail('DEPRECATE', age(20)),
      detail('DISABLE', age(25)),
      detail('DELETE', { ...age(30), retainAtLeast: 2 }),
    ];
    const world = lifecycleWorld(account, policyOf({ policyDetails }));
    const statuses = () => [1, 2, 3, 4].map((build) => world.image(web(build)).state.status);
    await world.apply();
    expect(statuses()).toEqual(['DEPRECATED', 'DEPRECATED', 'DEPRECATED', 'AVAILABLE']);
    expect(of((await world.apply()).decisions, web(1)).reason).toMatch(
      /^DEPRECATE was done on .*, and an image sees one action a day$/,
    );
    world.pass(day - 60_000);
    await world.apply('schedule');
    expect(statuses()).toEqual(['DISABLED', 'DISABLED', 'DEPRECATED', 'AVAILABLE']);
    world.pass(day);
    await world.apply('schedule');
    expect(statuses()).toEqual(['DELETED', 'DELETED', 'DEPRECATED', 'AVAILABLE']);
    expect(world.acts.filter((act) => act.includes('ami-1-eu'))).toEqual([
      'deprecate ami-1-eu',
      'disable ami-1-eu',
      'deregister ami-1-eu',
      'delete snap-of-ami-1-eu',
    ]);
  });

  test('without includeResources only the image is marked', async () => {
    const policyDetails = [{ action: { type: 'DEPRECATE' }, filter: { type: 'COUNT', value: 2 } }];
    const world = lifecycleWorld(account, policyOf({ policyDetails }));
    await world.apply();
    expect(world.acts).toEqual([]);
    expect(world.image(web(1)).state.status).toBe('DEPRECATED');
    expect(world.image(web(1)).outputResources.amis[0]!.state!.status).toBe('AVAILABLE');
  });

  test('what was only marked before stays so far retired when an AMI of it is spared', async () => {
    const policyDetails = [
      { action: { type: 'DEPRECATE' }, filter: { type: 'COUNT', value: 2 } },
      detail('DISABLE', { type: 'COUNT', value: 2 }),
    ];
    const world = lifecycleWorld(account, policyOf({ policyDetails }));
    await world.apply();
    account.amis.get('ami-1-eu')!.uses = ['instance i-1 (running)'];
    world.pass(day);
    await world.apply();
    expect(world.image(web(1))).toMatchObject({
      state: { status: 'DEPRECATED' },
      outputResources: { amis: [{ state: { status: 'DISABLED' } }, { state: { status: 'AVAILABLE' } }] },
    });
    expect(world.events.filter(({ image }) => image === web(1)).map(({ to }) => to)).toEqual(['DEPRECATED']);
  });

  test('tags select images by what their AMIs bear now', async () => {
    account.amis.get('ami-2-eu')!.tags.Team = 'shop';
    const resourceSelection = { tagMap: { Team: 'shop', Other: 'x' } };
    const policyDetails = [detail('DELETE', { type: 'AGE', value: 1, unit: 'DAYS' })];
    const { decisions } = await lifecycleWorld(account, policyOf({ policyDetails, resourceSelection })).dryRun();
    expect(decisions.map(({ image }) => image)).toEqual([web(2)]);
  });
});

describe('what is spared', () => {
  const reasonOf = async (world: LifecycleWorld, ami = 'ami-1') => {
    const { decisions } = await world.apply();
    return of(decisions, web(1)).amis.find((one) => one.ami === ami)?.reason ?? of(decisions, web(1)).reason;
  };

  test('an AMI that something uses: its name is told, and its copies elsewhere go', async () => {
    account.amis.get('ami-1')!.uses = ['instance i-1 (stopped)', 'launch template front (lt-1) version 3'];
    const world = lifecycleWorld(account, policyOf());
    expect(await reasonOf(world)).toBe('it is used: instance i-1 (stopped), launch template front (lt-1) version 3');
    expect(account.amis.has('ami-1')).toBe(true);
    expect(account.amis.has('ami-1-eu')).toBe(false);
    expect(world.image(web(1))).toMatchObject({
      state: { status: 'AVAILABLE' },
      outputResources: { amis: [{ state: { status: 'AVAILABLE' } }, { state: { status: 'DELETED' } }] },
    });
  });

  test.each<[string, () => void, string]>([
    [
      'an image that a channel leads to',
      () => account.channels.push({ name: 'web', channel: 'prod', image: web(1) }),
      'it is used: channel prod',
    ],
    [
      'the parent of a living image',
      () => addImage(account, { name: 'app', version: '1.0.0/1', age: 1, amis: {}, more: madeOf(web(1)) }),
      'it is used: image app/1.0.0/1, which is made of it',
    ],
    [
      'the parent of a build under way, by its AMI',
      () =>
        addImage(account, {
          name: 'app',
          version: '1.0.0/1',
          age: 0,
          status: 'BUILDING',
          more: madeOf(undefined, 'ami-1-eu'),
        }),
      'it is used: image app/1.0.0/1, which is being made of it',
    ],
    [
      'an AMI under protection',
      () => Object.assign(account.amis.get('ami-1')!, { protection: 'enabled-without-cooldown' }),
      'it is protected against deregistration (enabled-without-cooldown): take the protection off first, if it is to go',
    ],
    [
      'an AMI of somebody else',
      () => Object.assign(account.amis.get('ami-1')!, { tags: {} }),
      'it does not bear the tags of this stack and this image: it is not touched',
    ],
    ['an AMI that is gone', () => account.amis.delete('ami-1'), 'EC2 does not know it any more'],
  ])('%s', async (_, change, reason) => {
    change();
    const world = lifecycleWorld(account, policyOf());
    expect(await reasonOf(world)).toBe(reason);
    expect(world.acts).not.toContain('deregister ami-1');
  });

  const madeOf = (arn?: string, id = 'ami-x') => ({
    ancestry: { parentImage: { id, ...(arn && { arn }) }, components: [], recipe: 'app/1.0.0', contentHash: '' },
  });

  test('exclusions count in the order of Image Builder', async () => {
    const lastLaunched = new Date(start - 3 * day).toISOString();
    const excluded = { isPublic: true, sharedWith: ['222222222222'], lastLaunched };
    Object.assign(account.amis.get('ami-1')!, excluded).tags.Keep = 'yes';
    const rules = {
      regions: ['us-east-1'],
      isPublic: true,
      tagMap: { Keep: 'yes' },
      sharedAccounts: ['222222222222'],
      lastLaunched: { value: 1, unit: 'WEEKS' },
    };
    const expected = [
      'the policy excludes us-east-1',
      'the policy excludes public AMIs',
      'the policy excludes AMIs with the tag Keep=yes',
      'the policy excludes AMIs that are shared with 222222222222',
      `the policy excludes AMIs that were launched within 1 week, and it was on ${lastLaunched}`,
    ];
    const keys = Object.keys(rules);
    for (const [index, reason] of expected.entries()) {
      const amis = Object.fromEntries(Object.entries(rules).filter(([key]) => keys.indexOf(key) >= index));
      const policyDetails = [detail('DELETE', { type: 'COUNT', value: 2 }, { exclusionRules: { amis } })];
      const { decisions } = await lifecycleWorld(account, policyOf({ policyDetails })).dryRun();
      expect(of(decisions, web(1)).amis[0]).toMatchObject({ reason, excluded: true });
      expect(of(decisions, web(1)).amis[0]!.action).toBeUndefined();
    }
  });

  test('an image with a tag, as a whole', async () => {
    account.amis.get('ami-1')!.tags.Keep = 'yes';
    const exclusionRules = { tagMap: { Keep: 'yes' } };
    const policyDetails = [detail('DELETE', { type: 'COUNT', value: 2 }, { exclusionRules })];
    const world = lifecycleWorld(account, policyOf({ policyDetails }));
    expect(await reasonOf(world, 'none')).toBe('the policy excludes images with the tag Keep=yes');
    expect(account.amis.has('ami-1-eu')).toBe(true);
  });

  test('a snapshot that another AMI is made of, too', async () => {
    account.amis.get('ami-4')!.snapshots.push('snap-of-ami-1');
    const world = lifecycleWorld(account, policyOf());
    await world.apply();
    expect(account.amis.has('ami-1')).toBe(false);
    expect(account.snapshots.has('snap-of-ami-1')).toBe(true);
    expect(world.image(web(1)).state).toMatchObject({
      status: 'DELETED',
      reason: expect.stringContaining('snapshot snap-of-ami-1 in us-east-1 stays, since another AMI is made of it'),
    });
  });
});

describe('on the way', () => {
  test('what is used between plan and act is not touched', async () => {
    const world = lifecycleWorld(account, policyOf());
    let asked = 0;
    world.refuse.after = (text) => {
      if (text === 'uses in us-east-1' && ++asked === 1) {
        account.amis.get('ami-1')!.uses = ['instance i-new (pending)'];
        account.channels.push({ name: 'web', channel: 'prod', image: web(2) });
      }
    };
    const { decisions, problems } = await world.apply();
    expect(problems).toEqual([]);
    expect([...account.amis.keys()].filter((id) => /-[12]/.test(id))).toEqual(['ami-1', 'ami-2', 'ami-2-eu']);
    expect(of(decisions, web(1)).amis[0]!.reason).toBe('it is used: instance i-new (pending)');
    expect(of(decisions, web(2)).reason).toBe('it is used: channel prod');
  });

  test('one AMI that cannot be deregistered does not keep the others; it is told, and goes with the next run', async () => {
    const world = lifecycleWorld(account, policyOf());
    const failure = new Error('Tried to deregister AMI ami-1 in us-east-1: AWS said RequestLimitExceeded');
    world.refuse.call = (text) => (text === 'deregister ami-1' ? failure : undefined);
    const { run, problems, counts } = await world.apply();
    expect(problems).toEqual([failure.message]);
    expect(run!.status).toBe('FAILED');
    expect(counts).toMatchObject({ deleted: 1, failed: 1 });
    expect([...account.amis.keys()].filter((id) => /-[12]/.test(id))).toEqual(['ami-1']);
    expect(world.image(web(1)).outputResources.amis[0]!.state).toEqual({
      status: 'AVAILABLE',
      reason: failure.message,
    });
    delete world.refuse.call;
    expect((await world.apply()).counts).toMatchObject({ deleted: 1, failed: 0 });
    expect(world.image(web(1)).state.status).toBe('DELETED');
  });

  test('snapshots that cannot be deleted go with the next run, though their AMI is gone', async () => {
    const world = lifecycleWorld(account, policyOf());
    const failure = new Error('Tried to delete snapshot snap-of-ami-1 in us-east-1: AWS said RequestLimitExceeded');
    world.refuse.call = (text) => (text === 'delete snap-of-ami-1' ? failure : undefined);
    expect((await world.apply()).problems).toEqual([failure.message]);
    expect([account.amis.has('ami-1'), account.snapshots.has('snap-of-ami-1')]).toEqual([false, true]);
    expect((await world.apply()).problems).toEqual([failure.message]);
    delete world.refuse.call;
    expect((await world.apply()).counts).toMatchObject({ deleted: 1, failed: 0 });
    expect(account.snapshots.has('snap-of-ami-1')).toBe(false);
    expect(world.image(web(1)).state.status).toBe('DELETED');
    expect([...world.resources.values()].filter(({ state }) => state === 'FAILED')).toEqual([]);
    const acts = world.acts.length;
    expect((await world.apply()).counts).toMatchObject({ deleted: 0, failed: 0 });
    expect(world.acts).toHaveLength(acts);
  });

  test('what fails for weeks is tried once a run, told once, and ended at last, whatever else was run meanwhile', async () => {
    const world = lifecycleWorld(account, policyOf());
    const failure = new Error('Tried to delete snapshot snap-of-ami-1 in us-east-1: AWS said UnauthorizedOperation');
    world.refuse.call = (text) => (text === 'delete snap-of-ami-1' ? failure : undefined);
    await world.apply();
    for (let days = 0; days < 20; days++) {
      world.pass(day);
      const { problems, counts, decisions } = await world.apply('schedule');
      expect(problems).toEqual([failure.message]);
      expect(counts).toMatchObject({ deleted: 0, failed: 1 });
      expect(of(decisions, web(1))).toMatchObject({ action: 'DELETE' });
    }
    expect(world.image(web(1)).state).toEqual({
      status: 'DELETED',
      reason: expect.stringContaining(failure.message),
    });
    delete world.refuse.call;
    const dry = await world.dryRun();
    expect(account.snapshots.has('snap-of-ami-1')).toBe(true);
    const wet = await world.apply();
    expect(wet.counts).toMatchObject({ deleted: 1, failed: 0 });
    for (const { decisions, counts } of [dry, wet])
      expect([of(decisions, web(1)), counts.deleted]).toEqual([
        expect.objectContaining({ status: 'DELETED', action: 'DELETE' }),
        1,
      ]);
    expect(account.snapshots.has('snap-of-ami-1')).toBe(false);
    expect(of((await world.dryRun()).decisions, web(1))).toBeUndefined();
  });

  test('a run that was killed is ended, though many came since', async () => {
    const world = lifecycleWorld(account, policyOf({ schedule: 'manual' }));
    world.refuse.after = (text) => {
      if (text === 'deregister ami-1') world.killAfter(0);
    };
    await expect(world.apply()).rejects.toThrow('');
    delete world.refuse.after;
    world.revive();
    for (let minutes = 0; minutes < 14; minutes += 2) {
      world.pass(2 * 60_000);
      await world.apply();
    }
    expect(account.snapshots.has('snap-of-ami-1')).toBe(true);
    world.pass(4 * 60_000);
    await world.apply();
    expect(account.snapshots.has('snap-of-ami-1')).toBe(false);
    expect([...world.runs.values()].filter(({ status }) => status === 'IN_PROGRESS')).toEqual([]);
  });

  test('a region that cannot be asked is left alone, and said', async () => {
    const world = lifecycleWorld(account, policyOf());
    world.refuse.call = (text) => (text === 'describe in eu-west-1' ? new Error('no such region') : undefined);
    const { decisions } = await world.apply();
    expect(of(decisions, web(1)).amis[1]).toEqual(
      expect.objectContaining({ ami: 'ami-1-eu', reason: 'it could not be looked at: no such region' }),
    );
    expect([...account.amis.keys()]).toContain('ami-1-eu');
    expect(account.amis.has('ami-1')).toBe(false);
    expect(world.image(web(1)).state.status).toBe('AVAILABLE');
  });

  test('when the time is up the next run goes on', async () => {
    for (let build = 5; build < 60; build++)
      addImage(account, { name: 'web', version: `1.0.0/${build}`, age: 100 + build, amis: { [`ami-${build}`]: {} } });
    const world = lifecycleWorld(account, policyOf());
    // One batch of twenty would take longer than a function may.
    world.refuse.after = (text) => void (text.startsWith('deregister') && world.pass(60_000));
    const first = await world.apply();
    expect(first.run).toMatchObject({ status: 'PENDING', counts: { deleted: 12, failed: 0 } });
    expect(first.problems.at(-1)).toBe('The time was up with 45 images left: the next run goes on.');
    expect(Date.parse(first.run!.ended!) - Date.parse(first.run!.time)).toBeLessThan(15 * 60_000);
    delete world.refuse.after;
    await world.apply();
    expect([...account.amis.keys()].filter((id) => !/eu/.test(id))).toEqual(['ami-3', 'ami-4']);
  });

  test('a policy that is DISABLED is applied by people only; the daily rule leaves policies with a schedule alone', async () => {
    const disabled = lifecycleWorld(account, policyOf({ status: 'DISABLED' }));
    expect(await disabled.apply('schedule')).toMatchObject({ skipped: 'it is DISABLED' });
    expect((await disabled.dryRun()).counts.deleted).toBe(2);
    expect(await disabled.run({ default: true })).toMatchObject({ skipped: 'it is DISABLED' });
    const scheduled = lifecycleWorld(account, policyOf({ schedule: 'manual' }));
    expect(await scheduled.run({ default: true })).toBeUndefined();
    expect(await lifecycleWorld(account, policyOf()).run({ default: true })).toMatchObject({ counts: { deleted: 2 } });
  });

  test('a policy that is not there is named', async () => {
    const world = lifecycleWorld(account, policyOf());
    await expect(world.run({ policy: 'else', dryRun: true, trigger: 'manual' })).rejects.toThrow(
      'There is no lifecycle policy else: register it with `image-builder apply`.',
    );
    expect(policyName).toBe('retire');
  });
});

describe('by hand', () => {
  const ask = (world: LifecycleWorld, action: 'DEPRECATE' | 'DISABLE' | 'DELETE' | 'AVAILABLE', more: object = {}) =>
    world.run({ image: web(4), action, snapshots: true, dryRun: false, ...more });

  test('disabled and taken back at once; the reason stands in the record', async () => {
    const world = lifecycleWorld(account, policyOf());
    await ask(world, 'DISABLE', { reason: 'it has a hole' });
    expect(world.image(web(4)).state).toEqual({ status: 'DISABLED', reason: 'DISABLE by hand: it has a hole' });
    await ask(world, 'AVAILABLE');
    expect(world.image(web(4)).state.status).toBe('AVAILABLE');
    expect(world.acts).toEqual(['disable ami-4', 'disable ami-4-eu', 'enable ami-4', 'enable ami-4-eu']);
    expect(world.events.map(({ from, to }) => `${from} ${to}`)).toEqual(['AVAILABLE DISABLED', 'DISABLED AVAILABLE']);
  });

  test('the guards are the same: what is used is not deleted, whoever asks', async () => {
    account.channels.push({ name: 'web', channel: 'prod', image: web(4) });
    const world = lifecycleWorld(account, policyOf());
    const { decisions, counts } = await ask(world, 'DELETE');
    expect(decisions).toEqual([expect.objectContaining({ reason: 'it is used: channel prod' })]);
    expect([world.acts, counts.deleted]).toEqual([[], 0]);
  });

  test('snapshots stay where that is asked, and the ledger says so', async () => {
    const world = lifecycleWorld(account, policyOf());
    await ask(world, 'DELETE', { snapshots: false });
    expect(account.amis.has('ami-4')).toBe(false);
    expect(account.snapshots.has('snap-of-ami-4')).toBe(true);
    expect(world.released.get(`${web(4)} CopyRegion#0#0`)).toBe(true);
  });

  test.each<[string, 'AVAILABLE' | 'DELETE', string]>([
    ['DELETED', 'AVAILABLE', 'it is DELETED: deregistered AMIs do not come back'],
    ['FAILED', 'AVAILABLE', 'it is FAILED: only retired images can be restored'],
    ['BUILDING', 'DELETE', 'its build is under way'],
    ['FAILED', 'DELETE', 'it is FAILED: it has no AMI, and fills no place'],
    ['AVAILABLE', 'AVAILABLE', 'it is AVAILABLE already'],
  ])('an image that is %s: %s', async (status, action, reason) => {
    const world = lifecycleWorld(account, policyOf());
    world.image(web(4)).state.status = status as 'FAILED';
    expect((await ask(world, action)).decisions[0]).toMatchObject({ reason });
    expect(world.acts).toEqual([]);
  });

  test('what fails for one image is told who asks for it again, and nobody else; the daily rule tries it', async () => {
    const world = lifecycleWorld(account, policyOf({ schedule: 'manual' }));
    world.refuse.call = (text) => (text === 'delete snap-of-ami-4' ? new Error('no delete') : undefined);
    expect((await ask(world, 'DELETE')).problems).toEqual(['no delete']);
    const other = { image: web(1), action: 'DEPRECATE' as const, snapshots: true, dryRun: false };
    expect(await world.run(other)).toMatchObject({ problems: [], run: { status: 'SUCCESS' } });
    expect(await ask(world, 'DELETE')).toMatchObject({ problems: ['no delete'], counts: { failed: 1 } });
    delete world.refuse.call;
    await world.run({ default: true });
    expect(account.snapshots.has('snap-of-ami-4')).toBe(false);
  });

  test('a killed deletion is ended by the daily rule, though nobody asks again', async () => {
    const world = lifecycleWorld(account, policyOf({ schedule: 'manual' }));
    world.refuse.after = (text) => {
      if (text === 'deregister ami-4') world.killAfter(0);
    };
    await expect(ask(world, 'DELETE')).rejects.toThrow('');
    expect(account.snapshots.has('snap-of-ami-4')).toBe(true);
    delete world.refuse.after;
    world.revive();
    world.pass(day);
    await world.run({ default: true });
    expect([...account.snapshots].filter((id) => id.includes('ami-4'))).toEqual([]);
    expect(world.image(web(4)).state.status).toBe('DELETED');
  });
});
