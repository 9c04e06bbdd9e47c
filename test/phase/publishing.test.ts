import { describe, expect, it } from 'vitest';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { testTable } from '../store/test-table.ts';
import { newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const shared = (...users: string[]) => ({
  userIds: users,
  userGroups: [],
  organizationArns: [],
  organizationalUnitArns: [],
});

/** A build whose AMI and copy are available; both regions share with somebody. */
async function ready() {
  const { distributions } = planOf('x/1');
  const world = await newWorld(table, {
    distributions: distributions.map((one, index) => ({ ...one, launchPermission: shared(`11111111111${index}`) })),
  });
  for (const [key, region, kind] of [
    ['SnapshotAmi#0#0', 'us-east-1', 'image'],
    ['CopyRegion#1#0', 'eu-west-1', 'copy'],
  ] as const) {
    const id = await world.ec2.amisOf(region).create({ Name: world.image } as never);
    Object.assign(world.ec2.ami(id), { state: 'available', permissions: ['999999999999'] });
    const entry = { kind, region, token: 't', since: start, until: start, id };
    await world.gateways.ledgers.note(world.image, key, entry);
  }
  world.clock.pass(10 * 60_000);
  const [home, copy] = world.ec2.amis;
  return { world, home: home!, copy: copy! };
}
const publish = (world: World) => publishImage(world.gateways, { image: world.image }, world.lambda());

describe('publishing', () => {
  it('sets every target beside what was there, and commits', async () => {
    const { world, home, copy } = await ready();
    await publish(world);
    expect(home.permissions).toEqual(['999999999999', '111111111110']);
    expect(copy.permissions).toEqual(['999999999999', '111111111111']);
    const { publication, entries } = await world.ledger();
    expect(publication?.status).toBe('PUBLISHED');
    expect(Object.values(entries).map(({ keep }) => keep)).toEqual([true, true]);
    expect((await world.read()).timeline.PublishImage?.ended).toBeDefined();
  });
  it('is refused where the parent image was revoked meanwhile, before anything is set; after the commit it stands', async () => {
    const { world, home } = await ready();
    const parent = await newWorld(table);
    const { images } = world.gateways;
    await images.descend(world.image, {
      parentImage: { id: 'ami-1', arn: parent.image },
      ...{ components: [], recipe: 'x/1.0.0', contentHash: 'hash' },
    });
    const other = await ready();
    await images.descend(other.world.image, (await world.read()).ancestry!);
    await publish(other.world);
    await images.revoke(parent.image, { at: '2026-11-27T10:00:00.000Z', reason: 'CVE-2026-1' });
    await expect(publish(world)).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `${world.image} is made of ${parent.image}, which was revoked at 2026-11-27T10:00:00.000Z (CVE-2026-1): nothing is made of it any more. Build another one, or name another image.`,
    });
    expect(home.permissions).toEqual(['999999999999']);
    await publish(other.world);
    expect((await other.world.ledger()).publication?.status).toBe('PUBLISHED');
  });
  it('again after the commit changes nothing', async () => {
    const { world } = await ready();
    await publish(world);
    const calls = world.ec2.calls.length;
    await publish(world);
    expect(world.ec2.calls.slice(calls).filter((call) => !call.startsWith('find '))).toEqual([]);
  });
  it('died between targets and commit: the retry commits, with the old values of the first try', async () => {
    const { world, home } = await ready();
    const { commit } = world.gateways.ledgers;
    world.gateways.ledgers.commit = () => Promise.reject(new Error('killed'));
    await expect(publish(world)).rejects.toThrow('killed');
    world.gateways.ledgers.commit = commit;
    await publish(world);
    const { publication } = await world.ledger();
    expect(publication?.targets.map(({ before }) => before)).toEqual([
      ['UserId=999999999999'],
      ['UserId=999999999999'],
    ]);
    expect(home.permissions).toEqual(['999999999999', '111111111110']);
  });
  it('that fails tells every target that could not be set, with region and setting', async () => {
    const { world, home, copy } = await ready();
    world.ec2.refuse = (call) => (call.startsWith('share') ? 'OperationNotPermitted' : undefined);
    await expect(publish(world)).rejects.toMatchObject({ name: 'InvalidRequestError' });
    const { regionFailures } = await world.gateways.images.read(world.image);
    expect(regionFailures).toEqual(
      [home, copy].map(({ id, region }) => ({
        ...{ region, imageConfigurationStep: 'amiDistributionConfiguration.launchPermission' },
        errorMessage: expect.stringContaining(`Tried share ${id}: AWS said OperationNotPermitted`),
      })),
    );
  });
  it('needs every region', async () => {
    const world = await newWorld(table);
    await expect(publish(world)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: `The build of ${world.image} has no AMI in us-east-1: it is not published.`,
    });
  });
  it('a build that has ended is not published', async () => {
    const { world, home } = await ready();
    await world.gateways.ledgers.close(world.image, 'now');
    await expect(publish(world)).rejects.toMatchObject({ name: 'CancelledError' });
    expect(home.permissions).toEqual(['999999999999']);
  });
});

describe('undoing what was not committed', () => {
  const halfWay = async () => {
    const set = await ready();
    set.world.ec2.refuse = (call) => (call === `share ${set.copy.id}` ? 'OperationNotPermitted' : undefined);
    await expect(publish(set.world)).rejects.toMatchObject({ name: 'InvalidRequestError' });
    set.world.ec2.refuse = () => undefined;
    return set;
  };
  /** What the AMIs were shared with when they were deregistered. */
  const permissionsAtTheEnd = async ({ world, home, copy }: Awaited<ReturnType<typeof ready>>) => {
    await cleanup(world.gateways, world.image);
    expect(world.ec2.remaining()).toEqual([]);
    return [home.permissions, copy.permissions];
  };
  it('puts targets back before it releases them', async () => {
    const set = await halfWay();
    expect(set.home.permissions).toContain('111111111110');
    expect(await permissionsAtTheEnd(set)).toEqual([['999999999999'], ['999999999999']]);
    const undone = set.world.ec2.calls.lastIndexOf(`share ${set.home.id}`);
    expect(set.world.ec2.calls.indexOf(`deregister ${set.home.id}`)).toBeGreaterThan(undone);
  });
  it('leaves what somebody else let in meanwhile, and takes back its own beside it', async () => {
    const set = await halfWay();
    set.home.permissions.push('888888888888');
    expect(await permissionsAtTheEnd(set)).toEqual([['999999999999', '888888888888'], ['999999999999']]);
  });
  it('that fails does not keep the rest from being released, and is reported', async () => {
    const { world, home } = await halfWay();
    world.ec2.refuse = (call) => (call === `share ${home.id}` ? 'UnauthorizedOperation' : undefined);
    await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({
      name: 'CleanupError',
      message: expect.stringContaining(`launchPermission ${home.id} in us-east-1`),
    });
    expect(world.ec2.remaining()).toEqual([]);
    await cleanup(world.gateways, world.image);
  });
  it('after the commit nothing is undone or deregistered', async () => {
    const { world, home } = await ready();
    await publish(world);
    await cleanup(world.gateways, world.image);
    expect(home.permissions).toContain('111111111110');
    expect(world.ec2.remaining()).toHaveLength(2);
  });
});

describe('the ending', () => {
  it('of a published image: AVAILABLE with its AMIs by region, told once to bus and topic', async () => {
    const { world, home, copy } = await ready();
    await publish(world);
    expect(await finish(world.gateways, world.image, {})).toEqual({ status: 'AVAILABLE', error: '', cause: '' });
    expect(await finish(world.gateways, world.image, {})).toEqual({ status: 'AVAILABLE', error: '', cause: '' });
    const { outputResources, state, dateEnded } = await world.read();
    expect(outputResources.amis).toEqual([
      { region: 'us-east-1', image: home.id, name: world.plan.distributions[0]!.name, accountId: '123456789012' },
      { region: 'eu-west-1', image: copy.id, name: world.plan.distributions[1]!.name, accountId: '123456789012' },
    ]);
    expect(state).toEqual({ status: 'AVAILABLE' });
    expect(dateEnded).toBeDefined();
    expect(world.statuses()).toEqual(['AVAILABLE']);
    expect(world.events[0]?.detail).toMatchObject({
      'previous-state': { status: 'PENDING' },
      amis: outputResources.amis,
    });
    expect(world.messages).toEqual([
      {
        topicArn: 'arn:aws:sns:us-east-1:123456789012:told',
        subject: expect.stringMatching(/^hello 1\.0\.0\/\d+ is AVAILABLE$/),
      },
    ]);
  });
  it('of a failed one: the first error stands and is answered as texts', async () => {
    const { world } = await ready();
    await world.gateways.images.begin(world.image, 'CopyRegion#1', { state: 'CopyRegion', index: 1, started: '1' });
    const caught = { Error: 'States.Timeout', Cause: '' };
    const told = { status: 'FAILED', error: 'States.Timeout', cause: 'The execution ended with States.Timeout.' };
    expect(await finish(world.gateways, world.image, { caught })).toEqual(told);
    const before = await world.read();
    expect(await finish(world.gateways, world.image, { caught })).toEqual(told);
    expect(await world.read()).toEqual(before);
    expect(before.timeline['CopyRegion#1']?.ended).toBe(before.dateEnded);
    expect(before.state.failureContext?.failedStep).toBe('CopyRegion');
    expect(world.statuses()).toEqual(['FAILED']);
  });
  it('a crash between the record and the event repeats only the event', async () => {
    const { world } = await ready();
    const { putEvent } = world.gateways.notices;
    world.gateways.notices.putEvent = () => Promise.reject(new Error('killed'));
    await expect(finish(world.gateways, world.image, {})).rejects.toThrow('killed');
    const { dateEnded } = await world.read();
    world.clock.pass(1000);
    world.gateways.notices.putEvent = putEvent;
    await finish(world.gateways, world.image, {});
    expect((await world.read()).dateEnded).toBe(dateEnded);
    expect(world.statuses()).toEqual(['FAILED']);
  });
  it('a topic that cannot be reached is a note, not a failure; a throttled one is tried again', async () => {
    const { world } = await ready();
    const refused = (name: string) => () => Promise.reject(Object.assign(new Error('no'), { name }));
    world.gateways.notices.publish = refused('ThrottledError');
    await expect(finish(world.gateways, world.image, {})).rejects.toMatchObject({ name: 'ThrottledError' });
    world.gateways.notices.publish = refused('AccessDeniedError');
    await finish(world.gateways, world.image, {});
    expect((await world.read()).notes).toEqual(['no']);
  });
  it('a bus that refuses the event is a note, and the image ends as it was built', async () => {
    const { world } = await ready();
    await publishImage(world.gateways, { image: world.image }, world.lambda());
    const { putEvent } = world.gateways.notices;
    world.gateways.notices.putEvent = () =>
      Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedError' }));
    expect(await finish(world.gateways, world.image, {})).toEqual({ status: 'AVAILABLE', error: '', cause: '' });
    expect((await world.read()).notes).toEqual(['no']);
    world.gateways.notices.putEvent = putEvent;
    await finish(world.gateways, world.image, {});
    expect(world.statuses()).toEqual(['AVAILABLE']);
  });
  it('a cleanup that failed is told in the notes, once, and hides nothing', async () => {
    const { world } = await ready();
    const story = {
      caught: { Error: 'CapacityError', Cause: 'no room' },
      cleanupError: { Error: 'Sandbox.Timedout', Cause: '{"errorMessage":"timed out after 300 s"}' },
    };
    expect(await finish(world.gateways, world.image, story)).toMatchObject({ error: 'CapacityError' });
    await finish(world.gateways, world.image, story);
    expect((await world.read()).notes).toEqual(['Cleanup ended with Sandbox.Timedout: timed out after 300 s']);
  });
  it('a reason longer than Image Builder’s is cut', async () => {
    const { world } = await ready();
    await finish(world.gateways, world.image, { caught: { Error: 'X', Cause: 'y'.repeat(5000) } });
    expect((await world.read()).state.reason).toHaveLength(1024);
  });
});
