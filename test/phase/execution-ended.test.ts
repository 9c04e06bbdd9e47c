import { describe, expect, it } from 'vitest';
import { executionEnded, executionEndedSchema } from '../../shared/phase/execution-ended.ts';
import { testTable } from '../store/test-table.ts';
import { busyBuild, left } from './busy-build.ts';
import { executionOf, type World } from './world.ts';

const table = await testTable();

const busy = () => busyBuild(table);

describe('the second net', () => {
  const event = (image: string, detail: object) =>
    executionEndedSchema.parse({
      'detail-type': 'Step Functions Execution Status Change',
      detail: { executionArn: executionOf(image), input: JSON.stringify({ image }), ...detail },
    });
  const ends = (world: World, detail: object) =>
    executionEnded(world.gateways, event(world.image, detail), world.lambda());

  it('an aborted execution is cleaned up and its image CANCELLED, with the cause given', async () => {
    const world = await busy();
    await ends(world, { status: 'ABORTED', error: null, cause: 'Ctrl-C' });
    expect(left(world)).toEqual([]);
    const { state, dateEnded } = await world.read();
    expect(state).toMatchObject({ status: 'CANCELLED', reason: 'Ctrl-C' });
    expect(dateEnded).toBeDefined();
  });
  it('an execution out of time is FAILED with States.Timeout', async () => {
    const world = await busy();
    await ends(world, { status: 'TIMED_OUT' });
    expect((await world.read()).state).toMatchObject({
      status: 'FAILED',
      reason: 'The execution ended with States.Timeout.',
    });
  });
  it('an execution that somebody started with another’s image ends nothing', async () => {
    const world = await busy();
    const record = await world.read();
    const own = { executionArn: 'arn:aws:states:us-east-1:123456789012:execution:build-image:own' };
    await table.put({ ...record, ...own, pk: world.image, sk: 'image' });
    await expect(ends(world, { status: 'ABORTED' })).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(
        `The execution ${executionOf(world.image)} may do nothing for ${world.image}, which ${own.executionArn} builds: it is left alone.`,
      ),
    });
    expect(await world.read()).toEqual({ ...record, ...own });
    expect((await world.ledger()).closed).toBeUndefined();
    await ends(world, { status: 'ABORTED', ...own });
    expect(left(world)).toEqual([]);
  });
  it('after the machine’s own ending changes and announces nothing', async () => {
    const world = await busy();
    await ends(world, { status: 'FAILED', error: 'CapacityError', cause: 'no room' });
    const before = await world.read();
    await ends(world, { status: 'FAILED', error: 'Other', cause: 'other' });
    expect(await world.read()).toEqual({ ...before, timeline: expect.anything() });
    expect(world.statuses()).toEqual(['FAILED']);
  });
  it('an image that was published before the execution was stopped is AVAILABLE', async () => {
    const world = await busy();
    await world.gateways.ledgers.beginPublishing(world.image, [], 'now');
    await world.gateways.ledgers.commit(world.image, ['SnapshotAmi#0#0', 'CopyRegion#1#0']);
    await ends(world, { status: 'ABORTED' });
    expect((await world.read()).state).toEqual({ status: 'AVAILABLE' });
    expect(world.ec2.remaining()).toHaveLength(2);
  });
  it('ends the image and fails, to be called again, when something cannot be released in its time', async () => {
    const world = await busy();
    world.ec2.refuse = (call) => (call.startsWith('terminate') ? 'RequestLimitExceeded' : undefined);
    const late = { until: world.clock.now() };
    const ended = executionEnded(
      world.gateways,
      event(world.image, { status: 'FAILED', error: 'X', cause: 'why' }),
      late,
    );
    await expect(ended).rejects.toMatchObject({ name: 'NotReadyError' });
    expect((await world.read()).state).toMatchObject({ status: 'FAILED', reason: 'why' });
  });
  it('of a copy cut short while pending: CANCELLED at once with what is not proven yet, and looked for until it is', async () => {
    const world = await busy();
    const { ec2, image, clock } = world;
    ec2.ami(ec2.amis[1]!.id).state = 'pending';
    ec2.snapshots = ec2.snapshots.filter(({ region }) => region !== 'eu-west-1');
    ec2.amis[1]!.snapshots = [];
    clock.pass(60_000);
    const stopped = () => executionEnded(world.gateways, event(image, { status: 'ABORTED' }), { until: clock.now() });
    let endings = 0;
    const { end } = world.gateways.images;
    world.gateways.images.end = (...ended) => {
      endings += 1;
      return end(...ended);
    };
    await expect(stopped()).rejects.toMatchObject({ name: 'NotReadyError' });
    // Before the tries end, and once more when they do.
    expect(endings).toBe(2);
    expect(await world.read()).toMatchObject({
      state: { status: 'CANCELLED' },
      leftovers: [{ kind: 'copy', region: 'eu-west-1', reason: expect.stringContaining('may not be visible yet') }],
    });
    expect(left(world)).toEqual([]);
    expect(await world.ledger()).toHaveProperty('type');
    clock.pass(3 * 60_000);
    await stopped();
    expect(await world.read()).not.toHaveProperty('leftovers');
    expect(await world.ledger()).toMatchObject({ clean: expect.any(String) });
    expect(await world.ledger()).not.toHaveProperty('type');
    expect(world.statuses()).toEqual(['CANCELLED']);
  });
  it.each(['not json', '{}', '{"image":"something"}'])('refuses an execution that is not ours: %s', (input) => {
    const parsed = executionEndedSchema.safeParse({
      'detail-type': 'Step Functions Execution Status Change',
      detail: { executionArn: 'execution', status: 'FAILED', input },
    });
    expect(parsed.error?.issues[0]?.message).toBe('expected {"image": "<arn>"} as JSON');
  });
});
