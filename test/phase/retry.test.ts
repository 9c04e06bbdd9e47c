// A failed build that keeps its tested AMI, and the image that goes on from it: one owner at any time, whatever is killed.
import { describe, expect, it } from 'vitest';
import { entryKey } from '../../shared/build/ledger.ts';
import { imageTag } from '../../shared/model/tags.ts';
import { adoptAmi, findAdoptable } from '../../shared/phase/adopt-ami.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild } from './busy-build.ts';
import { Killed, mortal } from './mortal.ts';
import { sweeping } from './sweeping.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const hour = 60 * 60_000;
const key = entryKey('SnapshotAmi', 0, 0);
const caught = { Error: 'TestFailedError', Cause: '1 of 1 tests failed.' };

/** A build with everything made, whose test failed, and which is cleaned up. */
async function failed(retainForRetry: number | undefined = 24) {
  const world = await busyBuild(table, retainForRetry === undefined ? {} : { retainForRetry });
  for (const ami of world.ec2.amis) ami.state = 'available';
  await cleanup(world.gateways, world.image, true);
  await finish(world.gateways, world.image, { caught });
  return world;
}

/** The image that retries, with its own ledger and the same EC2. */
async function retrying(world: World) {
  const next = await newWorld(table);
  Object.assign(next.gateways, {
    ...{ amis: world.gateways.amis, instances: world.gateways.instances, now: world.clock.now },
  });
  return next;
}
const adopt = (gateways: World['gateways'], next: World, from: string, until = next.lambda().until) =>
  adoptAmi(gateways, { image: next.image, from, region: 'us-east-1', until });

/** The images whose ledgers own the AMI. */
async function owners(...worlds: World[]): Promise<string[]> {
  const ledgers = new Map(await Promise.all(worlds.map(async (one) => [one.image, await one.ledger()] as const)));
  return worlds
    .map(({ image }) => image)
    .filter((image) => {
      const entry = ledgers.get(image)!.entries[key];
      if (!entry || entry.released || entry.transferred) return false;
      return !entry.adopts || ledgers.get(entry.adopts)?.entries[key]?.transferred === image;
    });
}

describe('a build that fails with retainForRetry', () => {
  it('keeps its AMI and snapshot, and nothing else; the record says until when', async () => {
    const world = await failed(24);
    const [home] = world.ec2.remaining();
    expect(world.ec2.remaining().map(({ region }) => region)).toEqual(['us-east-1']);
    expect(world.ec2.living()).toEqual([]);
    const { state, retained, notes } = await world.read();
    expect(state.status).toBe('FAILED');
    expect(retained).toMatchObject({ region: 'us-east-1', image: home!.id });
    expect(Date.parse(retained!.until) - world.clock.now()).toBe(24 * hour);
    expect(notes.join()).toContain(`AMI ${home!.id} in us-east-1 is kept until ${retained!.until} (retainForRetry)`);
  });
  it('keeps nothing without it, nor when it is cancelled, nor where there is no AMI yet', async () => {
    expect((await failed(0)).ec2.remaining()).toEqual([]);
    const cancelled = await busyBuild(table, { retainForRetry: 24 });
    for (const ami of cancelled.ec2.amis) ami.state = 'available';
    await cleanup(cancelled.gateways, cancelled.image);
    expect(cancelled.ec2.remaining()).toEqual([]);
    const early = await busyBuild(table, { retainForRetry: 24 });
    early.ec2.amis[0]!.state = 'pending';
    await cleanup(early.gateways, early.image, true).catch(() => undefined);
    expect(early.ec2.remaining()).toEqual([]);
  });
  it('the sweep leaves it alone until its time is over, then releases it', async () => {
    const world = await failed(2);
    world.execution.view = { status: 'FAILED' };
    for (let hours = 0; hours < 2; hours++) {
      const report = await sweeping(world).run();
      expect(report.released.filter(({ image }) => image === world.image)).toEqual([]);
      expect(report.orphans).toEqual([]);
      expect(world.ec2.remaining()).toHaveLength(1);
      world.clock.pass(hour);
    }
    world.clock.pass(1000);
    await sweeping(world).run();
    expect(world.ec2.remaining()).toEqual([]);
    expect(world.ec2.snapshots).toEqual([]);
    expect(await world.ledger()).toMatchObject({ clean: expect.any(String) });
    const next = await retrying(world);
    await expect(findAdoptable(next.gateways, next.image, world.image)).rejects.toThrow(
      /was kept until .+ build again/,
    );
  });
});

describe('the image that retries', () => {
  it('takes the AMI over with its tags; the first owner has nothing more, and the sweep says nothing', async () => {
    const world = await failed();
    const next = await retrying(world);
    const ami = await findAdoptable(next.gateways, next.image, world.image);
    await adopt(next.gateways, next, world.image);
    expect((await next.ledger()).entries[key]).toMatchObject({ id: ami.id, adopts: world.image });
    expect(world.ec2.ami(ami.id).tags[imageTag]).toBe(next.image);
    expect(world.ec2.snapshots.map(({ tags }) => tags[imageTag])).toEqual([next.image]);
    expect(await owners(world, next)).toEqual([next.image]);
    world.execution.view = { status: 'FAILED' };
    world.clock.pass(48 * hour);
    await cleanup(world.gateways, world.image, true);
    expect(world.ec2.remaining()).toHaveLength(1);
    await expect(findAdoptable(next.gateways, 'another', world.image)).rejects.toThrow();
  });
  it('that fails keeps it again, or releases it, as its own pipeline says', async () => {
    const world = await failed();
    const next = await retrying(world);
    await adopt(next.gateways, next, world.image);
    await cleanup(next.gateways, next.image, true);
    expect([...world.ec2.remaining(), ...world.ec2.snapshots]).toEqual([]);
  });
  it('two at once: one gets it, the other is told whose it is', async () => {
    const world = await failed();
    const [one, two] = [await retrying(world), await retrying(world)];
    await adopt(one.gateways, one, world.image);
    await expect(adopt(two.gateways, two, world.image)).rejects.toThrow(`belongs to ${one.image} by now`);
    world.clock.pass(hour);
    await cleanup(two.gateways, two.image, true);
    expect(await owners(world, one, two)).toEqual([one.image]);
    expect(world.ec2.remaining()).toHaveLength(1);
  });
  it('that comes as the time ends: released or taken over, never both', async () => {
    const world = await failed(1);
    const next = await retrying(world);
    world.clock.pass(hour + 1);
    await world.gateways.ledgers.expire(world.image, key, 'now');
    await expect(adopt(next.gateways, next, world.image)).rejects.toThrow(/is released: build again/);
    const other = await failed(1);
    const later = await retrying(other);
    await adopt(later.gateways, later, other.image);
    expect(await other.gateways.ledgers.expire(other.image, key, 'now')).toBe(false);
  });
  it('does not take what somebody else deregistered', async () => {
    const world = await failed();
    const next = await retrying(world);
    world.ec2.remaining()[0]!.state = 'deregistered';
    await expect(findAdoptable(next.gateways, next.image, world.image)).rejects.toThrow(/somebody else ended it/);
  });
});

describe('killed after its n-th call', () => {
  const calls = Array.from({ length: 10 }, (_, index) => index + 1);
  it.each(calls)('%i: taking over, tried again, gives one owner with all tags', async (n) => {
    const world = await failed();
    const next = await retrying(world);
    await adopt(mortal(next, n), next, world.image).catch((error) => expect(error).toBeInstanceOf(Killed));
    expect(await owners(world, next)).toHaveLength(1);
    await adopt(next.gateways, next, world.image);
    expect(await owners(world, next)).toEqual([next.image]);
    expect(world.ec2.snapshots.map(({ tags }) => tags[imageTag])).toEqual([next.image]);
  });
  it.each(calls)('%i: taking over, never tried again, leaves it to one of the two, which releases it', async (n) => {
    const world = await failed();
    const next = await retrying(world);
    await adopt(mortal(next, n), next, world.image).catch((error) => expect(error).toBeInstanceOf(Killed));
    const [owner] = await owners(world, next);
    next.clock.pass(hour);
    world.clock.pass(hour);
    await cleanup(next.gateways, next.image, true);
    expect(world.ec2.remaining()).toHaveLength(owner === next.image ? 0 : 1);
    world.clock.pass(48 * hour);
    await cleanup(world.gateways, world.image);
    expect([...world.ec2.remaining(), ...world.ec2.snapshots]).toEqual([]);
  });
  it.each(calls)('%i: the keeping cleanup, tried again, keeps it once and tells it', async (n) => {
    const world = await busyBuild(table, { retainForRetry: 24 });
    for (const ami of world.ec2.amis) ami.state = 'available';
    await cleanup(mortal(world, n), world.image, true).catch((error) => expect(error).toBeInstanceOf(Killed));
    world.clock.pass(1000);
    await cleanup(world.gateways, world.image, true);
    expect(world.ec2.remaining()).toHaveLength(1);
    const { retained, notes } = await world.read();
    expect((await world.ledger()).entries[key]!.keepUntil).toBe(Date.parse(retained!.until));
    expect(notes.filter((note) => note.includes('retainForRetry'))).toHaveLength(1);
  });
});

it('a retry publishes the AMI, marked, under its own image', async () => {
  const world = await failed();
  const next = await retrying(world);
  await adopt(next.gateways, next, world.image);
  next.plan.distributions = [next.plan.distributions[0]!];
  await next.gateways.plans.write({ ...next.plan, copies: [] }, { build: [], test: [] });
  await publishImage(next.gateways, { image: next.image }, next.lambda());
  expect(world.ec2.remaining().map(({ tags }) => tags['serverless-image-builder:published'])).toEqual(['true']);
  expect(world.ec2.snapshots.map(({ tags }) => tags['serverless-image-builder:published'])).toEqual(['true']);
});
