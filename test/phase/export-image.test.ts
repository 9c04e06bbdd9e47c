// The export of an AMI: one task whatever is lost, the reason of one that fails, and nothing left of a build that ends.
import { describe, expect, it } from 'vitest';
import { outputs } from '../../shared/build/ending.ts';
import { exportProblem } from '../../shared/build/export.ts';
import { imageSummary } from '../../shared/model/image-summary.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { exportImage } from '../../shared/phase/export-image.ts';
import { testTable } from '../store/test-table.ts';
import { mortal } from './mortal.ts';
import { home, newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const settings = { roleName: 'vmimport', diskImageFormat: 'VMDK' as const, s3Bucket: 'exports', s3Prefix: 'web/' };

async function ready() {
  const { distributions } = planOf('x/1');
  const world = await newWorld(table, {
    distributions: distributions.map((one) => ({ ...one, s3ExportConfiguration: settings })),
  });
  const id = await world.ec2.amisOf('us-east-1').create({ Name: world.image } as never);
  Object.assign(world.ec2.ami(id), { state: 'available' });
  const entry = { kind: 'image' as const, region: 'us-east-1', token: 't', since: start, until: start, id };
  await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', entry);
  return world;
}

const run = (world: World, token: string, gateways = world.gateways) =>
  exportImage(gateways, { image: world.image, index: 0, token }, world.lambda());

describe('an export', () => {
  it('is one task, looked at again at each heartbeat until the file is there', async () => {
    const world = await ready();
    const { consumers } = world;
    await run(world, world.token());
    expect(world.completed).toEqual([]);
    const token = world.token();
    consumers.tasks[0]!.status = 'completed';
    await run(world, token);
    expect(world.completed).toEqual([{ token, outcome: { ok: true } }]);
    expect(consumers.tasks).toHaveLength(1);
    const { timeline } = await world.read();
    expect(timeline['ExportImage#0']).toMatchObject({ label: 'us-east-1', endedBy: 'heartbeat' });
  });
  it('is told with the AMI, in the record and in the summary of messages', async () => {
    const world = await ready();
    await run(world, world.token());
    const amis = outputs(world.plan, await world.ledger(), home.accountId);
    const file = `s3://exports/web/${world.consumers.tasks[0]!.id}.vmdk`;
    expect(amis).toMatchObject([{ region: 'us-east-1', exported: file }]);
    const elsewhere = { ...amis[0]!, accountId: '111111111111', image: 'ami-2', exported: undefined };
    const summary = imageSummary({ ...(await world.read()), outputResources: { amis: [...amis, elsewhere as never] } });
    expect(summary.slice(1)).toEqual([
      `AMI in us-east-1: ${amis[0]!.image}`,
      `Exported from us-east-1: ${file}`,
      'AMI in us-east-1 of account 111111111111: ami-2',
    ]);
  });
  it('that fails fails the build, with the message of the task', async () => {
    const world = await ready();
    await run(world, world.token());
    Object.assign(world.consumers.tasks[0]!, { status: 'deleted', message: 'ClientError: no write' });
    await run(world, world.token());
    expect(world.completed[0]?.outcome).toEqual({
      ok: false,
      error: 'ResourceFailedError',
      cause: `Export task ${world.consumers.tasks[0]!.id} in us-east-1 is deleted: ClientError: no write.`,
    });
  });
  it('waits while EC2 takes no more, asks again at each heartbeat, and is no failure for a day', async () => {
    const world = await ready();
    world.ec2.refuse = (call) => (call === 'export from us-east-1' ? 'ResourceLimitExceeded' : undefined);
    for (let minutes = 0; minutes < 60; minutes++) {
      await run(world, world.token());
      world.clock.pass(60_000);
    }
    expect((await world.read()).timeline['ExportImage#0']).toMatchObject({
      waiting: 'waiting for other exports from us-east-1 to end (EC2: ResourceLimitExceeded)',
    });
    expect([world.completed, world.consumers.tasks]).toEqual([[], []]);
    world.ec2.refuse = () => undefined;
    await run(world, world.token());
    expect(world.consumers.tasks).toHaveLength(1);
    const late = await ready();
    late.ec2.refuse = (call) => (call === 'export from us-east-1' ? 'ResourceLimitExceeded' : undefined);
    await run(late, late.token());
    late.clock.pass(25 * 60 * 60_000);
    await expect(run(late, late.token())).rejects.toMatchObject({ name: 'DeadlineError' });
  });
  it.each(Array.from({ length: 12 }, (_, index) => index + 1))(
    'whose function dies after its call %i is made once, and cancelled when the build ends',
    async (calls) => {
      const world = await ready();
      const { consumers } = world;
      await run(world, world.token(), mortal(world, calls)).catch(() => {});
      await run(world, world.token());
      expect(consumers.tasks).toHaveLength(1);
      world.clock.pass(5 * 60_000);
      await cleanup(world.gateways, world.image);
      expect(consumers.tasks.map(({ status }) => status)).toEqual(['deleted']);
      expect(consumers.deleted).toEqual([]);
    },
  );
  it('whose answer was lost is found by its tags when the build ends', async () => {
    const world = await ready();
    world.ec2.lose = (call) => call === 'export from us-east-1';
    await expect(run(world, world.token())).rejects.toMatchObject({ name: 'ThrottledError' });
    await expect(cleanup(world.gateways, world.image)).rejects.toMatchObject({ name: 'NotReadyError' });
    world.clock.pass(5 * 60_000);
    await cleanup(world.gateways, world.image);
    expect(world.consumers.tasks.map(({ status }) => status)).toEqual(['deleted']);
  });
  it('that was completed leaves no file where the image is not published', async () => {
    const world = await ready();
    await run(world, world.token());
    world.consumers.tasks[0]!.status = 'completed';
    world.clock.pass(5 * 60_000);
    await cleanup(world.gateways, world.image);
    expect(world.consumers.deleted).toEqual([`exports/web/${world.consumers.tasks[0]!.id}.vmdk`]);
  });
  it('that was answered after the end of its build is cancelled', async () => {
    const world = await ready();
    world.gateways.ledgers.add = async () => false;
    await expect(run(world, world.token())).rejects.toMatchObject({ name: 'CancelledError' });
    expect(world.consumers.tasks.map(({ status }) => status)).toEqual(['deleted']);
  });
});

describe('an AMI that cannot be exported', () => {
  const source = {
    homeRegion: 'us-east-1',
    blockDeviceMappings: [],
    parentDevices: [{ deviceName: '/dev/xvda', encrypted: false }],
  };
  const no = () => ({ encrypted: false });
  const yes = () => ({ encrypted: true });
  it('is known before it is made', () => {
    expect(exportProblem({ region: 'us-east-1' }, source, no)).toBeUndefined();
    expect(exportProblem({ region: 'us-east-1' }, source, yes)).toBe(
      'The image cannot be exported from us-east-1: /dev/xvda is encrypted, and VM Import/Export takes no encrypted AMI. Leave its volumes unencrypted, or remove s3ExportConfiguration.',
    );
    const away = (region: string) => ({ encrypted: region === 'eu-west-1' });
    expect(exportProblem({ region: 'eu-west-1' }, source, away)).toContain('the account encrypts new volumes there');
    for (const region of ['eu-west-1', 'us-east-1'])
      expect(exportProblem({ region, kmsKeyId: 'alias/a' }, source, no)).toContain('with alias/a');
    const there = { ...source, source: { imageId: 'ami-1', region: 'us-east-1', copied: true } };
    expect(exportProblem({ region: 'us-east-1' }, there, no)).toBeUndefined();
    expect(exportProblem({ region: 'us-east-1' }, there, yes)).toContain('the account encrypts new volumes there');
  });
});
