import { describe, expect, it } from 'vitest';
import type { Plan } from '../../shared/build/plan.ts';
import { longestList, regionsKey, type SweepReport } from '../../shared/model/sweep-report.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { launch } from '../../shared/phase/launch.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild, left, note, owned, specifications } from './busy-build.ts';
import { Killed, mortal } from './mortal.ts';
import { sweeping } from './sweeping.ts';
import { short, wholeBuild } from './whole-build.ts';
import { newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const minute = 60_000;
const failed = { status: 'FAILED', error: 'CapacityError', cause: 'no room' };
/** A busy build of the past whose execution ended so. */
async function gone(view: World['execution']['view'] = failed, changes: Partial<Plan> = {}) {
  const world = await busyBuild(table, changes);
  world.execution.view = view;
  world.clock.pass(30 * minute);
  return world;
}
const writes = ({ ec2 }: World) => ec2.calls.filter((call) => !/^(find|search|permissions)/.test(call));

describe('the sweep', () => {
  it('ends a revocation that was broken off, but not in a dry run', async () => {
    const world = await gone();
    const { images, revocations } = world.gateways;
    const dateEnded = new Date(start).toISOString();
    await images.end(world.image, { status: 'AVAILABLE', amis: [], dateEnded, open: [] });
    const request = { image: world.image, reason: 'CVE-2026-1', withdraw: true };
    await revocations.begin(request, world.clock.now() - 1, dateEnded);
    const { run } = sweeping(world);
    await run(true);
    expect((await world.read()).revoked).toBeUndefined();
    expect((await run()).problems).toEqual([]);
    expect((await world.read()).revoked).toMatchObject({ reason: 'CVE-2026-1', withdrawn: expect.any(String) });
    for await (const { image } of revocations.all()) expect(image).not.toBe(world.image);
  });
  it('releases and ends a build whose execution is over, and says so on its record', async () => {
    const world = await gone();
    const { run, reports } = sweeping(world);
    const report = await run();
    expect(left(world)).toEqual([]);
    const { state, notes } = await world.read();
    expect(state).toMatchObject({ status: 'FAILED', reason: 'no room' });
    expect(notes).toEqual([expect.stringMatching(/^The sweep of .* released .*instance i-\d+ in us-east-1/)]);
    expect(report).toMatchObject({
      complete: true,
      regions: ['us-east-1', 'eu-west-1'],
      counts: { looked: 1, live: 0, released: 4, finished: 1, leftovers: 0, refused: 0, orphans: 0 },
      finished: [world.image],
    });
    expect(reports).toEqual([report]);
    expect(world.measured).toEqual(expect.arrayContaining([['Orphans', 0]]));
    const again = await run();
    expect(again.counts).toMatchObject({ looked: 0, released: 0, orphans: 0 });
  });
  it('with dryRun touches and writes nothing, and says what it would do', async () => {
    const world = await gone();
    const { run, reports } = sweeping(world);
    const before = [writes(world), await world.read(), await world.ledger()];
    const report = await run(true);
    expect(report).toMatchObject({ dryRun: true, counts: { released: 4, finished: 1 } });
    expect(report.released).toContainEqual({
      ...{ image: world.image, kind: 'copy', region: 'eu-west-1' },
      id: world.ec2.amis[1]!.id,
    });
    expect([writes(world), await world.read(), await world.ledger()]).toEqual(before);
    expect(reports).toEqual([]);
  });
  it.each(['RUNNING', 'PENDING_REDRIVE'])('never touches a build that is %s, open or closed', async (status) => {
    const world = await gone({ status });
    await world.gateways.ledgers.close(world.image, new Date(start).toISOString());
    const before = writes(world);
    const report = await sweeping(world).run();
    expect(report.counts).toMatchObject({ looked: 1, live: 1, released: 0, orphans: 0 });
    expect(writes(world)).toEqual(before);
    expect((await world.read()).state.status).toBe('PENDING');
  });
  it('asks start-build about every pipeline with a request that waits: the event it waits for may be lost', async () => {
    const world = await newWorld(table);
    const asked = () => world.events.filter(({ detailType }) => detailType === 'Image Pipeline Build Requested');
    await sweeping(world, ['web']).run(true);
    expect(asked()).toEqual([]);
    await sweeping(world, ['web']).run();
    expect(asked()).toMatchObject([{ detail: { imagePipelineName: 'web', trigger: 'queued' } }]);
  });
  it('reports what cannot be released, by id and region, on the record too, until it is gone', async () => {
    const world = await gone();
    world.ec2.refuse = (call) => (call.startsWith('terminate') ? 'OperationNotPermitted' : undefined);
    const { run } = sweeping(world);
    const { id } = world.ec2.instances[0]!;
    const leftover = { kind: 'instance', id, region: 'us-east-1', reason: expect.stringContaining('NotPermitted') };
    expect((await run()).leftovers).toEqual([{ ...leftover, image: world.image }]);
    expect((await world.read()).leftovers).toEqual([leftover]);
    expect(world.events.at(-1)!.detail).toMatchObject({ leftovers: [leftover] });
    expect(world.measured).toContainEqual(['Leftovers', 1]);
    world.ec2.refuse = () => undefined;
    expect((await run()).counts).toMatchObject({ released: 1, leftovers: 0 });
    expect((await world.read()).leftovers).toBeUndefined();
    expect(left(world)).toEqual([]);
  });
  it('leaves the instance that a pipeline wants left for inspection, and does not say that it was released', async () => {
    const infrastructure = { ...planOf('x/1').infrastructure, terminateInstanceOnFailure: false };
    const world = await gone(failed, { infrastructure });
    const { run } = sweeping(world);
    const kinds = (report: SweepReport) => report.released.map(({ kind }) => kind).sort();
    expect(kinds(await run(true))).toEqual(['command', 'copy', 'image']);
    expect(kinds(await run())).toEqual(['command', 'copy', 'image']);
    expect(world.ec2.living()).toHaveLength(1);
    expect((await world.read()).notes.join()).toContain('is left for inspection');
    world.clock.pass(60 * minute);
    expect(await run()).toMatchObject({ counts: { looked: 0, orphans: 0 } });
    expect(world.ec2.living()).toHaveLength(1);
  });
  it('ends a build that was never started, after a while, and one that has nothing but a ledger', async () => {
    const world = await newWorld(table);
    world.execution.view = undefined;
    const { run } = sweeping(world);
    expect((await run()).counts).toMatchObject({ live: 1, finished: 0 });
    world.clock.pass(16 * minute);
    expect((await run()).counts).toMatchObject({ live: 0, finished: 1 });
    expect((await world.read()).state).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('never ran'),
    });

    const bare = await newWorld(table);
    await table.delete({ pk: bare.image, sk: 'image' });
    bare.clock.pass(16 * minute);
    expect((await sweeping(bare).run()).counts).toMatchObject({ looked: 1, refused: 0 });
    expect((await sweeping(bare).run()).counts).toMatchObject({ looked: 0 });
  });
  it('finds a launch that lands after its look, at the next sweep', async () => {
    const world = await newWorld(table);
    await note(world, 'LaunchBuilder#0#0', { token: world.image, until: start + 40 * minute });
    world.execution.view = { status: 'ABORTED' };
    world.clock.pass(30 * minute);
    const { run } = sweeping(world);
    await run();
    expect((await world.ledger()).entries['LaunchBuilder#0#0']).not.toHaveProperty('released');
    await world.ec2.instancesOf('us-east-1').run({ ClientToken: world.image } as never);
    world.clock.pass(60 * minute);
    await run();
    expect(world.ec2.living()).toEqual([]);
    expect(await world.ledger()).not.toHaveProperty('type');
  });
  it.each([1, 2, 3, 4, 5, 6, 7])(
    'a function of a stopped branch that dies after its call %i leaves nothing',
    async (calls) => {
      const world = await newWorld(table);
      const { image } = world;
      await launch(mortal(world, calls), { image, token: world.token() }, 'builder', world.lambda()).catch(
        (error: unknown) => expect(error).toBeInstanceOf(Killed),
      );
      world.execution.view = { status: 'ABORTED' };
      const { run } = sweeping(world);
      await run();
      world.clock.pass(60 * minute);
      await run();
      expect(world.ec2.living()).toEqual([]);
      expect((await world.read()).state.status).toBe('CANCELLED');
    },
  );
});

describe('what the sweep only reports', () => {
  it('copies that a user made with our tags, of a failed build and of a published one', async () => {
    for (const published of [false, true]) {
      const world = published ? (await wholeBuild(table, {}, short)).world : await gone();
      const { ec2 } = world;
      const [ami] = ec2.amis;
      const copy = await ec2.amisOf('us-east-1').copy({
        Name: `my own ${world.image}`,
        ClientToken: `copy of ${world.image}`,
        ...specifications(ami!.tags),
      } as never);
      ec2.ami(copy).state = 'available';
      const snapshot = ec2.copySnapshot('us-east-1', ami!.snapshots[0]!);
      const mine = [copy, ec2.ami(copy).snapshots[0]!, snapshot].sort();
      const { run } = sweeping(world);
      const report = await run();
      expect(ec2.remaining().map(({ id }) => id)).toContain(copy);
      expect(ec2.snapshots.map(({ id }) => id)).toEqual(expect.arrayContaining([...mine.slice(1), snapshot]));
      if (published) expect(report.orphans.map(({ id }) => id).sort()).toEqual(mine);
      else {
        world.clock.pass(60 * minute);
        const later = await run();
        expect(later.orphans.map(({ id }) => id).sort()).toEqual(mine);
        expect(world.measured).toContainEqual(['Orphans', 3]);
      }
    }
  });
  it('another stage has the same image ARN: nothing of its own is found, adopted or touched', async () => {
    const world = await gone();
    const tags = { ...owned(world.image, 'SnapshotAmi#0#0'), 'serverless-image-builder:stack': 'the-other-stage' };
    const theirs = await world.ec2.amisOf('us-east-1').create({ Name: 'theirs', ...specifications(tags) } as never);
    world.ec2.ami(theirs).state = 'available';
    const report = await sweeping(world).run();
    expect(report.counts).toMatchObject({ released: 4, orphans: 0 });
    expect(left(world)).toEqual([theirs, world.ec2.ami(theirs).snapshots[0]]);
  });
  it('what bears the tags of an image that this table does not know', async () => {
    const world = await gone({ status: 'RUNNING' });
    const id = await world.ec2.amisOf('eu-west-1').create({
      Name: 'lost',
      ...specifications(owned(`${world.image}0`, 'SnapshotAmi#0#0')),
    } as never);
    const report = await sweeping(world).run();
    expect(report.orphans.map((one) => [one.kind, one.region])).toEqual([
      ['image', 'eu-west-1'],
      ['snapshot', 'eu-west-1'],
    ]);
    expect(world.ec2.ami(id).state).toBe('pending');
  });
});

describe('a table of an earlier day', () => {
  /** A published build whose ledger and record are set back to before the publishing, as by a restore to a point in time. */
  async function restored(view: World['execution']['view']) {
    let before: Record<string, unknown>[] = [];
    const { world, pass } = await wholeBuild(
      table,
      {
        async after(state, { world: { image } }) {
          if (state === 'EvaluateTests') before = await table.query(image);
        },
      },
      short,
    );
    for (const item of before) await table.put(item as never);
    world.execution.view = view;
    pass(120 * minute);
    return world;
  }

  it.each([
    ['its execution succeeded', { status: 'SUCCEEDED' }],
    ['its execution is forgotten', undefined],
  ])('is refused where %s: nothing is touched', async (_, view) => {
    const build = await restored(view);
    expect((await build.ledger()).publication).toBeUndefined();
    const report = await sweeping(build).run();
    expect(report.refused).toEqual([{ image: build.image, reason: expect.any(String) }]);
    expect(build.ec2.remaining()).toHaveLength(2);
    expect(await build.ledger()).not.toHaveProperty('closed');
    expect(build.measured).toContainEqual(['Refusals', 1]);
  });
  it('loses no AMI even where its execution was stopped after the publishing: they are marked', async () => {
    const build = await restored({ status: 'ABORTED' });
    const report = await sweeping(build).run();
    expect(report.leftovers.map(({ kind, reason }) => [kind, /is marked as published/.test(reason)])).toEqual([
      ['copy', true],
      ['image', true],
    ]);
    expect(build.ec2.remaining().map(({ permissions }) => permissions)).toEqual([[], ['111111111111']]);
    expect(build.ec2.snapshots).toHaveLength(2);
    await expect(cleanup(build.gateways, build.image)).rejects.toThrow('is marked as published');
    expect(build.ec2.remaining()).toHaveLength(2);
  });
});

describe('size', () => {
  it('reads nothing of images that are settled, however many there are', async () => {
    const world = await gone();
    const record = await world.read();
    for (let number = 0; number < 300; number++) {
      const pk = `${world.image}00${number}`;
      await table.put({ ...record, pk, arn: pk, state: { status: 'FAILED' } } as never);
      await table.put({ pk, sk: 'ledger', entries: {}, closed: 'x', clean: 'x', stackId: 'the-stack' });
    }
    let reads = 0;
    const { gateways } = world;
    const read = (image: string) => {
      reads++;
      return gateways.ledgers.read(image);
    };
    const counting = { ...gateways.ledgers, read };
    await sweeping({ ...world, gateways: { ...gateways, ledgers: counting } }).run();
    expect(reads).toBeLessThan(5);
  });
  it('stops in time and says that it is not complete', async () => {
    const world = await gone();
    const report = await sweeping(world).run(false, world.clock.now() + 30_000);
    expect(report).toMatchObject({ complete: false, counts: { looked: 0 } });
    expect(left(world)).not.toEqual([]);
  });
  it('goes on where one region or one build cannot be looked at, and cuts its lists, not its counts', async () => {
    const world = await gone();
    for (let number = 0; number < longestList + 20; number++)
      await world.ec2.amisOf('us-east-1').create({
        Name: `lost ${number}`,
        ...specifications(owned('arn:unknown', 'x')),
      } as never);
    world.ec2.refuse = (call) => (call === 'search eu-west-1' ? 'UnauthorizedOperation' : undefined);
    const report = await sweeping(world).run();
    expect(report.problems).toEqual([expect.stringMatching(/^eu-west-1: .*UnauthorizedOperation/)]);
    expect(report.orphans).toHaveLength(longestList);
    expect(report.counts.orphans).toBe(2 * (longestList + 20));
    expect(report.counts.released).toBe(4);
  });
  it('knows every region that a plan ever named', async () => {
    await table.put({ ...regionsKey, regions: new Set(['ap-southeast-2']) });
    const world = await newWorld(table);
    expect(await world.gateways.plans.places()).toEqual(
      ['ap-southeast-2', 'eu-west-1', 'us-east-1'].map((region) => ({ region })),
    );
    await table.delete(regionsKey);
  });
});
