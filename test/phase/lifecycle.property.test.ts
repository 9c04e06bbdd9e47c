// Laws of retirement, over generated accounts of 200 images: what is said is what is done, nothing that is used or not meant is touched, and twice is once.
import { describe, expect, test } from 'vitest';
import type { ImageDecision } from '../../shared/model/lifecycle.ts';
import type { LifecyclePolicy } from '../../shared/model/lifecycle-policy-schema.ts';
import { random } from '../faults/random.ts';
import { generateAccount, generatePolicy, isSelected } from './lifecycle-account.ts';
import { type Account, day, Killed, type LifecycleWorld, lifecycleWorld, policyOf } from './lifecycle-world.ts';

const seeds = Array.from({ length: 25 }, (_, index) => index + 1);

const generated = (seed: number, images?: number): LifecycleWorld => {
  const next = random(seed);
  return lifecycleWorld(generateAccount(next, images), generatePolicy(next));
};

/** What must stay as it is: everything of images that are used or not meant, and AMIs that are used, protected or not ours. */
function untouchable({ images, amis, channels }: Account): Map<string, string> {
  const parents = [...images.values()]
    .filter(({ state }) => !['FAILED', 'CANCELLED', 'DELETED'].includes(state.status))
    .flatMap(({ ancestry }) => ancestry?.parentImage.arn ?? []);
  const used = new Set([...parents, ...channels.map(({ image }) => image)]);
  const kept = new Map<string, string>();
  for (const [arn, { outputResources }] of images)
    for (const { image: id } of outputResources.amis) {
      const ami = amis.get(id);
      if (!ami) continue;
      const stays = used.has(arn) || !isSelected(arn) || ami.uses || Object.keys(ami.tags).length === 0;
      if (stays) kept.set(id, JSON.stringify(ami));
    }
  return kept;
}

const acted = (decisions: ImageDecision[]) =>
  decisions
    .flatMap(({ image, amis }) => amis.flatMap(({ ami, action }) => (action ? [`${action} ${image} ${ami}`] : [])))
    .sort();

describe.each(seeds)('account %i', (seed) => {
  test('a dry run does nothing and says what a run then does; a second run does nothing', async () => {
    const world = generated(seed);
    const before = JSON.stringify([...world.account.amis]);
    const kept = untouchable(world.account);
    const dry = await world.dryRun();
    expect(JSON.stringify([...world.account.amis])).toBe(before);
    expect([world.acts, world.events, world.runs.size]).toEqual([[], [], 0]);
    for (const { reason, amis } of dry.decisions) {
      expect(reason).not.toBe('');
      for (const ami of amis) expect(ami.reason).not.toBe('');
    }
    const wet = await world.apply();
    expect(wet.problems).toEqual([]);
    expect(acted(wet.decisions)).toEqual(acted(dry.decisions));
    expect(wet.counts).toEqual(dry.counts);
    for (const [id, state] of kept) expect(JSON.stringify(world.account.amis.get(id)), id).toBe(state);
    const done = [...world.acts];
    const second = await world.apply();
    expect(acted(second.decisions)).toEqual([]);
    expect(world.acts).toEqual(done);
  });

  test('days of runs come to an end, and snapshots go only with their last AMI', async () => {
    const world = generated(seed);
    const made = new Set(world.account.snapshots);
    for (let days = 0; days < 5; days++) {
      // An image is free once what was made of it is deleted.
      const kept = untouchable(world.account);
      await world.apply('schedule');
      for (const [id, state] of kept) expect(JSON.stringify(world.account.amis.get(id)), id).toBe(state);
      world.pass(day);
    }
    const inUse = new Set([...world.account.amis.values()].flatMap(({ snapshots }) => snapshots));
    for (const id of inUse) expect(world.account.snapshots.has(id), id).toBe(true);
    for (const id of world.account.snapshots) expect(made.has(id)).toBe(true);
    for (const { arn, state, outputResources } of world.account.images.values()) {
      if (state.status !== 'DELETED' || outputResources.amis.length === 0) continue;
      for (const { image } of outputResources.amis) expect(world.account.amis.has(image), arn).toBe(false);
    }
  });
});

const detail = (type: string, value: number) => ({
  action: { type, includeResources: { amis: true, snapshots: type === 'DELETE' } },
  filter: { type: 'COUNT', value },
});

test.each<[string, LifecyclePolicy, RegExp]>([
  ['deletes', policyOf({ policyDetails: [detail('DELETE', 2)] }), /^deregister/],
  [
    'deprecates and disables',
    policyOf({ policyDetails: [detail('DEPRECATE', 1), detail('DISABLE', 2)] }),
    /^(?:disable|deprecate)/,
  ],
])(
  'a run that %s, is killed at any call and run again, ends as one that was not',
  async (_, policy, act) => {
    const open = () => lifecycleWorld(generateAccount(random(3), 40), policy);
    const end = ({ account, events, released }: LifecycleWorld) => ({
      amis: [...account.amis].map(([id, { deprecationTime, ...ami }]) => [
        id,
        { ...ami, deprecated: !!deprecationTime },
      ]),
      snapshots: [...account.snapshots].sort(),
      images: [...account.images.values()].map(({ arn, state, outputResources }) => [
        arn,
        state.status,
        outputResources.amis.map(({ image, state: own }) => [image, own?.status]),
      ]),
      told: new Set(events.map(({ image, from, to }) => `${image} ${from} ${to}`)),
      released: [...released].sort(),
    });
    const whole = open();
    await whole.apply();
    const calls = whole.calls();
    expect(whole.acts.filter((one) => act.test(one)).length).toBeGreaterThan(2);
    for (let last = 1; last < calls; last++) {
      const world = open();
      world.killAfter(last);
      await expect(world.apply(), `killed after call ${last}`).rejects.toThrow(Killed);
      world.revive();
      world.pass(16 * 60_000);
      const again = await world.apply();
      expect(again.problems, `killed after call ${last}`).toEqual([]);
      expect(end(world), `killed after call ${last}`).toEqual(end(whole));
      expect([...world.resources.values()].filter(({ state }) => state === 'IN_PROGRESS')).toEqual([]);
    }
  },
  60_000,
);
