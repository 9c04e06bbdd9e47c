// An image is retired while somebody begins to use it: in whatever order their calls come, and whoever is killed, no channel and no build is left with an AMI that is gone.
import { describe, expect, it } from 'vitest';
import type { AmiUses } from '../../shared/aws/ami-uses.ts';
import type { RetiringAmis } from '../../shared/aws/retiring-amis.ts';
import type { LifecycleRequest } from '../../shared/model/lifecycle.ts';
import { imageTag, stackTag } from '../../shared/model/tags.ts';
import { type Applying, applyLifecycle } from '../../shared/phase/apply-lifecycle.ts';
import { promoteImage } from '../../shared/phase/promote-image.ts';
import { startFrom } from '../../shared/phase/start-from.ts';
import { channelUses } from '../../shared/store/channel-uses.ts';
import { lifecyclePolicies } from '../../shared/store/lifecycle-policies.ts';
import { lifecycleRuns } from '../../shared/store/lifecycle-runs.ts';
import { random } from '../faults/random.ts';
import { testTable } from '../store/test-table.ts';
import { type Family, newFamily } from './family.ts';
import { type Actor, turns } from './turns.ts';
import { home, newWorld } from './world.ts';

const table = await testTable();
let families = 0;

const minute = 60_000;
const regions = ['us-east-1', 'eu-west-1'];

/** EC2 as retirement sees it, over the EC2 of a world. */
const retiringOf =
  ({ world: { ec2 } }: Family) =>
  (region: string): RetiringAmis => {
    const never = async () => {
      throw new Error('nobody asks for this');
    };
    return {
      describe: async (ids) =>
        new Map(
          ec2.amis
            .filter((one) => ids.includes(one.id) && one.region === region && one.state !== 'deregistered')
            .map(({ id, state, tags }) => [id, { state, tags: { ...tags }, isPublic: false, snapshots: [] }]),
        ),
      deregister: async (id) => {
        ec2.ami(id).state = 'deregistered';
        return 'deregistered';
      },
      snapshotsLeft: async () => [],
      ...{ sharedWith: never, deprecate: never, undeprecate: never, disable: never, enable: never },
      deleteSnapshot: never,
    };
  };

/** An image of two regions, and what retires it; the index of the table that lists images is as late as `late` says. */
async function office(late: boolean) {
  const one = await newFamily(table, `raced-${++families}`, [regions]);
  const [image] = one.images as [string];
  for (const { image: id } of (await one.gateways.images.read(image)).outputResources.amis)
    Object.assign(one.world.ec2.ami(id).tags, { [stackTag]: 'the-stack', [imageTag]: image });
  const known = await one.gateways.images.read(image);
  const child = (await newWorld(table)).image;
  const images = {
    ...one.gateways.images,
    // Other images of this table are nobody's business here.
    async *all() {
      if (late) yield known;
      else for (const arn of [child, image]) yield await one.gateways.images.read(arn);
    },
  };
  const ledgers = {
    ...one.gateways.ledgers,
    async *unsettled() {
      yield child;
    },
  };
  const { now } = one.world.clock;
  const applying: Applying = {
    ...one.gateways,
    ...{ images, ledgers, accountId: home.accountId, stackId: 'the-stack' },
    policies: lifecyclePolicies(table),
    runs: ownRuns(lifecycleRuns(table, now), one.name),
    channelsOf: channelUses(table),
    retiring: retiringOf(one),
    uses: () => ({ of: async () => new Map() }) satisfies AmiUses,
  };
  const amis = async () => {
    const { outputResources } = await one.gateways.images.read(image);
    return outputResources.amis.map(({ image: id }) => one.world.ec2.ami(id));
  };
  return { one, image, child, applying, amis };
}

/** What is done by hand is kept under one name for all. */
const ownRuns = (runs: Applying['runs'], name: string): Applying['runs'] => ({
  begin: (_, run) => runs.begin(name, run),
  end: (_, run) => runs.end(name, run),
  newest: (_, limit) => runs.newest(name, limit),
  note: (_, resource) => runs.note(name, resource),
  unfinished: () => runs.unfinished(name),
});

type Office = Awaited<ReturnType<typeof office>>;

const retiredThrough: (keyof Applying)[] = ['images', 'ledgers', 'retirements', 'retiring', 'runs'];

const request = (image: string): LifecycleRequest => ({ image, action: 'DELETE', snapshots: true, dryRun: false });

/** What begins to use the image, and whether it may still be used by whom it let. */
type Use = {
  begin(set: Office, play: ReturnType<typeof turns>): Promise<unknown>;
  /** Throws where somebody is left with an image that is gone. */
  sound(set: Office, begun: boolean): Promise<void>;
};

const promotion: Use = {
  begin: ({ one, image }, play) =>
    promoteImage(
      play.through('second', one.gateways, ['images', 'channels', 'amis', 'imageParameters']),
      { image, channel: 'prod', dropRegions: false },
      one.lambda(),
    ),
  async sound({ one, image, amis }, begun) {
    const { image: shown, pending } = await one.channel();
    expect(pending).toBeUndefined();
    expect(shown).toBe(begun ? image : undefined);
    if (!begun) return;
    expect((await amis()).map(({ state }) => state)).toEqual(['available', 'available']);
    expect(one.shown()).toEqual(await one.amisOf(image));
  },
};

const build: Use = {
  async begin({ one, child, amis }, play) {
    const [ami] = await amis();
    const through = play.through('second', one.gateways, ['images', 'retirements', 'amis']);
    await startFrom(through, child, { ami: ami!, region: 'us-east-1' });
  },
  async sound({ amis }, begun) {
    if (begun) expect((await amis()).map(({ state }) => state)).toEqual(['available', 'available']);
  },
};

const orders = (count: number): Actor[][] => [
  // One of them up to a call, the other one to its end.
  ...Array.from({ length: 24 }, (_, calls) => Array<Actor>(calls).fill('first')).flatMap((before) => [
    [...before, ...Array<Actor>(60).fill('second')],
    [...before.map((): Actor => 'second'), ...Array<Actor>(60).fill('first')],
  ]),
  ...Array.from({ length: count }, (_, seed) => {
    const next = random(seed + 1);
    return Array.from({ length: 60 }, (): Actor => (next() < 0.5 ? 'first' : 'second'));
  }),
];

describe.each<[string, Use]>([
  ['a promotion', promotion],
  ['a build', build],
])('%s while the image is deleted', (_, use) => {
  it('in whatever order: it is used and there, or it is not used', async () => {
    const ends = { used: 0, deleted: 0, neither: 0 };
    for (const [index, order] of orders(12).entries()) {
      const set = await office(index % 2 === 0);
      const play = turns(order);
      const until = set.one.world.clock.now() + 15 * minute;
      const through = play.through('first', set.applying, retiredThrough, ['channelsOf']);
      const [retired, begun] = await Promise.all([
        play.during('first', applyLifecycle(through, request(set.image), { until })),
        play.during('second', use.begin(set, play)),
      ]);
      const told = `order ${index}: ${order.join(' ')}`;
      expect(retired.status, told).toBe('fulfilled');
      if (begun.status === 'rejected')
        expect(['NotReadyError', 'InvalidRequestError'], `${told}: ${begun.reason}`).toContain(begun.reason.name);
      await use.sound(set, begun.status === 'fulfilled');
      const states = new Set((await set.amis()).map(({ state }) => state));
      expect(states.size, told).toBe(1);
      const { state, retiring } = await set.one.gateways.images.read(set.image);
      expect([retiring, state.status], told).toEqual([undefined, states.has('deregistered') ? 'DELETED' : 'AVAILABLE']);
      ends[states.has('deregistered') ? 'deleted' : begun.status === 'fulfilled' ? 'used' : 'neither']++;
    }
    expect(ends.used).toBeGreaterThan(3);
    expect(ends.deleted).toBeGreaterThan(3);
  }, 120_000);

  it('killed at any call: whoever uses it after that is not left without, when the next run ends what was begun', async () => {
    const whole = await office(true);
    const counted = turns([]);
    const run = async ({ applying, image, one }: Office, play: ReturnType<typeof turns>) => {
      const until = one.world.clock.now() + 15 * minute;
      return play.during(
        'first',
        applyLifecycle(play.through('first', applying, retiredThrough, ['channelsOf']), request(image), { until }),
      );
    };
    await run(whole, counted);
    const ends = { used: 0, refused: 0 };
    for (let calls = 1; calls < counted.calls(); calls++) {
      const set = await office(true);
      await run(set, turns([], calls));
      // At once: the run may be alive, as far as anybody knows.
      const early = await Promise.allSettled([use.begin(set, turns([]))]);
      await use.sound(set, early[0].status === 'fulfilled');
      set.one.world.clock.pass(17 * minute);
      const [begun] = await Promise.allSettled([use.begin(set, turns([]))]);
      await use.sound(set, begun.status === 'fulfilled');
      ends[begun.status === 'fulfilled' ? 'used' : 'refused']++;
      await applyLifecycle(set.applying, { default: true }, { until: set.one.world.clock.now() + 15 * minute });
      await use.sound(set, begun.status === 'fulfilled');
      const states = (await set.amis()).map(({ state }) => state);
      const { state } = await set.one.gateways.images.read(set.image);
      if (states.every((one) => one === 'deregistered')) expect(state.status, `killed after ${calls}`).toBe('DELETED');
    }
    expect(ends.used).toBeGreaterThan(2);
    expect(ends.refused).toBeGreaterThan(2);
  }, 120_000);
});
