// A build that publishes to a channel: consumers see the image before or the new one in all regions, killed wherever it is.
import { describe, expect, it } from 'vitest';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { testTable } from '../store/test-table.ts';
import { newFamily } from './family.ts';
import { Killed, mortal } from './mortal.ts';
import { planOf, type World } from './world.ts';

const table = await testTable();
let families = 0;

const regions = ['us-east-1', 'eu-west-1'];

/** A build whose AMIs are there, and a channel that has an image. */
async function ready(more: string[] = []) {
  const one = await newFamily(table, `published-${++families}`, [[...regions, ...more]]);
  const { world } = one;
  await one.promote(one.images[0]!);
  world.events.length = 0;
  const { plans, ledgers } = world.gateways;
  await plans.write(planOf(world.image, { recipeName: one.name, channel: 'prod' }), { build: [], test: [] });
  const amis: string[] = [];
  for (const [key, region, kind] of [
    ['SnapshotAmi#0#0', regions[0]!, 'image'],
    ['CopyRegion#1#0', regions[1]!, 'copy'],
  ] as const) {
    const id = await world.ec2.amisOf(region).create({ Name: world.image } as never);
    Object.assign(world.ec2.ami(id), { state: 'available' });
    const since = world.clock.now();
    await ledgers.note(world.image, key, { kind, region, token: 't', since, until: since, id });
    amis.push(id);
  }
  const publish = (gateways: World['gateways'] = world.gateways) =>
    publishImage(gateways, { image: world.image }, world.lambda());
  return { one, world, amis, before: await one.amisOf(one.images[0]), publish };
}

describe('publishing to a channel', () => {
  it('moves it with the commit, and tells who moved it', async () => {
    const { one, world, amis, publish } = await ready();
    await publish();
    expect(one.shown()).toEqual(amis);
    const { image, pending, history } = await one.channel();
    expect({ image, pending }).toEqual({ image: world.image, pending: undefined });
    expect(history[0]).toMatchObject({ action: 'publish', image: world.image, from: one.images[0] });
    expect(world.events.map(({ detailType, resources }) => [detailType, ...resources])).toEqual([
      ['Image Channel Change', world.image],
    ]);
  });
  it('is refused before anything is touched where the channel would lose a region', async () => {
    const { one, before, publish } = await ready(['ap-south-1']);
    await expect(publish()).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(`The channel prod of ${one.name} is in ap-south-1, and `),
    });
    expect(one.shown()).toEqual(before);
    expect((await one.channel()).pending).toBeUndefined();
  });
  it('a region that refuses fails the build, and the channel stays', async () => {
    const { one, world, before, publish } = await ready();
    world.parameters.refuse = (call) =>
      call.startsWith('put') && call.endsWith('eu-west-1') ? 'AccessDeniedException' : undefined;
    await expect(publish()).rejects.toMatchObject({ name: 'AccessDeniedError' });
    expect(one.shown()).toEqual(before);
    world.parameters.refuse = () => undefined;
    world.clock.pass(10 * 60_000);
    await cleanup(world.gateways, world.image);
    expect(await one.channel()).toMatchObject({ image: one.images[0], history: [{ action: 'promote' }] });
  });
  it('nobody promotes while a build that lives has moved it', async () => {
    const { one, world, publish } = await ready();
    const { commit } = world.gateways.ledgers;
    world.gateways.ledgers.commit = () => Promise.reject(new Killed());
    await expect(publish()).rejects.toThrow(Killed);
    world.gateways.ledgers.commit = commit;
    world.clock.pass(60 * 60_000);
    await expect(one.promote(one.images[0]!)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: `The channel prod of ${one.name} is being moved by the build of ${world.image}, which publishes.`,
    });
  });
  it.each(['tried again', 'cleaned up'])(
    'killed after any number of calls, then %s',
    async (then) => {
      for (let calls = 1; ; calls++) {
        const { one, world, amis, before, publish } = await ready();
        const killed = await publish(mortal(world, calls)).then(
          () => false,
          (error) => error instanceof Killed || Promise.reject(error),
        );
        world.clock.pass(10 * 60_000);
        if (then === 'tried again') await publish();
        else await cleanup(world.gateways, world.image);
        await one.settle();
        const { publication } = await world.ledger();
        const isNew = publication?.status === 'PUBLISHED';
        if (then === 'tried again') expect(isNew).toBe(true);
        expect([calls, ...one.shown()]).toEqual([calls, ...(isNew ? amis : before)]);
        const { image, pending } = await one.channel();
        expect({ image, pending }).toEqual({ image: isNew ? world.image : one.images[0], pending: undefined });
        if (!killed) break;
        expect(calls).toBeLessThan(100);
      }
    },
    120_000,
  );
});
