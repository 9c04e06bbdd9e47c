// A copy and its slot: what waits and is woken, what EC2's own refusal means, and how slots and places come back.
import { describe, expect, it } from 'vitest';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { resumeBuild } from '../../shared/phase/resume-build.ts';
import { testTable } from '../store/test-table.ts';
import { sweeping } from './sweeping.ts';
import { newWorld, type World } from './world.ts';

const table = await testTable();

const minutes = 60_000;
const hours = 60 * minutes;
const to = { account: '123456789012', region: 'eu-west-1' };
const key = 'CopyRegion#1#0';

async function withAmi(snapshots = 1) {
  const world = await newWorld(table);
  const id = await world.ec2.amisOf('us-east-1').create({ Name: 'built', InstanceId: 'i-1' } as never);
  const ami = world.ec2.ami(id);
  ami.state = 'available';
  ami.snapshots = Array.from({ length: snapshots }, (_, index) => `snap-${index}`);
  const entry = { kind: 'image' as const, region: 'us-east-1', token: 'built', since: 0, until: 0, id };
  await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', entry);
  return world;
}
const copy = async (world: World) => {
  const token = world.token();
  await copyRegion(world.gateways, { image: world.image, token, index: 1 }, world.lambda());
  return token;
};
const waiting = async (world: World) => (await world.read()).timeline['CopyRegion#1']!.waiting;
const calls = (world: World) => world.ec2.calls.filter((call) => call === 'copy to eu-west-1').length;
const held = async ({ gateways }: World) => Object.keys((await gateways.copySlots.read(to)).held);
const queue = async ({ gateways }: World) => (await gateways.copySlots.queue(to, 100)).map(({ copy: name }) => name);
/** Copies of other builds of the stack. */
async function occupy({ gateways, clock }: World, count: number) {
  const { version, ...slots } = await gateways.copySlots.read(to);
  const others = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `arn:other/${index} CopyRegion#1#0`,
      { asked: clock.now(), snapshots: 1 },
    ]),
  );
  await gateways.copySlots.write(to, { ...slots, held: others }, version);
}
const ends = async (world: World, index: number) =>
  world.gateways.copyQueue.free(to, `arn:other/${index} CopyRegion#1#0`);
const available = (world: World) => {
  const ami = world.ec2.amis.find(({ region }) => region === 'eu-west-1')!;
  ami.state = 'available';
  const detail = { ImageId: ami.id, State: 'available' };
  const event = {
    'detail-type': 'EC2 AMI State Change' as const,
    account: '123456789012',
    region: 'eu-west-1',
    detail,
  };
  return resumeBuild(world.gateways, event);
};

describe('a copy without a slot', () => {
  it('waits without a call, says for what, and is woken when one ends', async () => {
    const world = await withAmi(2);
    await occupy(world, 20);
    const token = await copy(world);
    expect(calls(world)).toBe(0);
    expect(await waiting(world)).toBe('waiting for one of 20 snapshot copies to eu-west-1, next');
    // One is too few for two snapshots.
    await ends(world, 0);
    expect(world.completed).toEqual([]);
    await ends(world, 1);
    expect(world.completed).toEqual([
      { token, outcome: expect.objectContaining({ ok: false, error: 'NotReadyError' }) },
    ]);
    await copy(world);
    expect(calls(world)).toBe(1);
    expect(await waiting(world)).toBeUndefined();
    expect(await queue(world)).toEqual([]);
    await available(world);
    expect(await held(world)).toHaveLength(18);
  });

  it('keeps its place whenever it asks, and its deadline counts from the copy’s beginning', async () => {
    const world = await withAmi();
    await occupy(world, 20);
    await copy(world);
    const { queued } = (await world.ledger()).entries[key]!;
    world.clock.pass(100 * hours);
    await copy(world);
    expect((await world.ledger()).entries[key]!.queued).toEqual(queued);
    await ends(world, 0);
    await copy(world);
    world.clock.pass(71 * hours);
    await copy(world);
    world.clock.pass(2 * hours);
    await expect(copy(world)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringContaining('did not happen within 4320 minutes'),
    });
  });

  it('asks again in seconds where only the calls of CopyImage are used up', async () => {
    const world = await withAmi();
    const { version, ...slots } = await world.gateways.copySlots.read(to);
    await world.gateways.copySlots.write(to, { ...slots, calls: 0, filled: world.clock.now() }, version);
    await expect(copy(world)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: 'CopyImage may be called again in eu-west-1 in 1000 milliseconds: EC2 allows one call a second.',
    });
    world.clock.pass(1000);
    await copy(world);
    expect(calls(world)).toBe(1);
  });

  it('leaves the queue when its build is cancelled, and the next one is woken', async () => {
    const world = await withAmi(5);
    await occupy(world, 19);
    await copy(world);
    const next = world.token();
    const other = { copy: 'arn:other/next CopyRegion#1#0', asked: world.clock.now() + 1, snapshots: 1 };
    expect(await world.gateways.copyQueue.ask(to, other, next)).toMatchObject({
      text: 'waiting for one of 20 snapshot copies to eu-west-1, 1 before it',
    });
    await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({ name: 'NotReadyError' });
    expect(await queue(world)).toEqual([other.copy]);
    expect(world.completed.map(({ token }) => token)).toEqual([next]);
    world.clock.pass(10 * minutes);
    await cleanup(world.gateways, world.image);
    expect(await held(world)).toHaveLength(19);
  });
});

describe('EC2 says ResourceLimitExceeded, for copies of others', () => {
  const refusing = (world: World) => {
    world.ec2.refuse = (call) => (call === 'copy to eu-west-1' ? 'ResourceLimitExceeded' : undefined);
  };
  it('is a wait: every few seconds at first, then at each heartbeat, and never a failure', async () => {
    const world = await withAmi();
    refusing(world);
    for (let seconds = 0; seconds < 60; seconds += 10) {
      await expect(copy(world)).rejects.toMatchObject({ name: 'NotReadyError' });
      expect(await held(world)).toEqual([]);
      world.clock.pass(10_000);
    }
    for (let heartbeats = 0; heartbeats < 20; heartbeats++) {
      await copy(world);
      world.clock.pass(15 * minutes);
    }
    expect(await waiting(world)).toBe('waiting for copies of others to eu-west-1 to end (EC2: ResourceLimitExceeded)');
    expect(calls(world)).toBe(26);
    world.ec2.refuse = () => undefined;
    await copy(world);
    expect(await waiting(world)).toBeUndefined();
    expect((await world.gateways.copySlots.read(to)).refusal).toBeUndefined();
  });

  /** A copy that EC2 has refused, and another build's that waits behind it. */
  async function refusedBefore() {
    const world = await withAmi();
    refusing(world);
    await expect(copy(world)).rejects.toMatchObject({ name: 'NotReadyError' });
    const token = world.token();
    const other = { copy: 'arn:other/1 CopyRegion#1#0', asked: world.clock.now() + 1, snapshots: 1 };
    expect(await world.gateways.copyQueue.ask(to, other, token)).toMatchObject({ act: 'wait' });
    return { world, other, token };
  }

  it('keeps the other builds from asking in vain, until a copy is taken', async () => {
    const { world, other, token } = await refusedBefore();
    world.ec2.refuse = () => undefined;
    await copy(world);
    expect(world.completed.map((one) => one.token)).toEqual([token]);
    expect(await world.gateways.copyQueue.ask(to, other, world.token())).toEqual({ act: 'go', doubtful: false });
  });

  it('is over for the others when the refused build is cancelled: the next one is woken, and may ask at once', async () => {
    const { world, other, token } = await refusedBefore();
    const [mine] = (await queue(world)).filter((one) => one !== other.copy);
    await world.gateways.copyQueue.leave(to, { copy: mine!, asked: other.asked - 1 });
    expect(world.completed.map((one) => one.token)).toEqual([token]);
    expect(await world.gateways.copyQueue.ask(to, other, world.token())).toEqual({ act: 'go', doubtful: true });
  });

  it('fails an AMI of more snapshots than may ever be copied at once', async () => {
    const world = await withAmi(21);
    refusing(world);
    await expect(copy(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('The AMI has 21 snapshots, and EC2 refuses to copy it to eu-west-1'),
    });
  });
});

describe('the sweep', () => {
  it('takes back what builds hold that are over, and wakes who waits; a live build keeps its own', async () => {
    const world = await withAmi();
    await copy(world);
    const mine = await held(world);
    const { version, ...slots } = await world.gateways.copySlots.read(to);
    const gone = { asked: world.clock.now(), snapshots: 19 };
    await world.gateways.copySlots.write(
      to,
      { ...slots, held: { ...slots.held, 'arn:gone CopyRegion#1#0': gone } },
      version,
    );
    const token = world.token();
    const other = { copy: `${world.image} CopyRegion#2#0`, asked: world.clock.now() + 1, snapshots: 1 };
    await world.gateways.ledgers.note(world.image, 'CopyRegion#2#0', {
      ...{ kind: 'copy', region: 'eu-west-1', token: 'x', since: 0, until: 0 },
    });
    await world.gateways.copyQueue.ask(to, other, token);
    world.clock.pass(20 * minutes);
    const { run, reports } = sweeping(world);
    await run();
    expect(reports[0]!.released).toEqual([
      { image: 'arn:gone', kind: 'copy slot', id: 'arn:gone CopyRegion#1#0', region: 'eu-west-1' },
    ]);
    expect(await held(world)).toEqual(mine);
    expect(world.completed.map((one) => one.token)).toEqual([token]);
    expect(await queue(world)).toEqual([other.copy]);
  });
});
