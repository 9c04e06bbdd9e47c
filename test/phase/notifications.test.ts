import { describe, expect, it } from 'vitest';
import { InvalidRequestError, ThrottledError } from '../../shared/errors.ts';
import { finish } from '../../shared/phase/finish.ts';
import { testTable } from '../store/test-table.ts';
import { wholeBuild } from './whole-build.ts';
import { newWorld } from './world.ts';

const table = await testTable();

const short = {
  build: [{ label: 'hello', component: 'hello/1.0.0' }],
  test: [{ label: 'hello-test', component: 'hello-test/1.0.0' }],
  parentDevices: [{ deviceName: '/dev/xvda', deleteOnTermination: true, gb: 8, type: 'gp3' }],
};
const detail = (events: { detail: object }[]) => events.at(-1)!.detail as Record<string, unknown>;

describe('the message and the event of a final state', () => {
  it('AVAILABLE: AMIs by region, tests, what changed, and the cost', async () => {
    const { world } = await wholeBuild(
      table,
      {
        before(_, { world: { gateways } }) {
          Object.assign(gateways, { changes: async () => '3 upgraded, 1 added against 1.0.0/4' });
        },
      },
      short,
    );
    const { outputResources, cost } = await world.read();
    const [home, copy] = outputResources.amis.map(({ image }) => image);
    const { summary } = world.told[0] as { summary: string[] };
    expect(summary).toEqual([
      expect.stringMatching(/^hello 1\.0\.0\/\d+ of pipeline hello web is AVAILABLE after \d+ minutes?$/),
      `AMI in us-east-1: ${home}`,
      `AMI in eu-west-1: ${copy}`,
      'Tests: 1 of 1 passed',
      'Changes: 3 upgraded, 1 added against 1.0.0/4',
      expect.stringMatching(
        /^Cost: about \$[\d.]+, and at most \$0\.80 a month for its snapshots \(estimate, prices of /,
      ),
    ]);
    expect(cost!.parts.map(({ what }) => what)).toEqual([
      ...[
        'instance m5.large',
        'volume gp3',
        'copy to eu-west-1',
        'Step Functions',
        'Lambda requests',
        'Lambda duration',
      ],
    ]);
    expect(detail(world.events)).toMatchObject({
      changes: '3 upgraded, 1 added against 1.0.0/4',
      cost: { estimate: true, usd: cost!.usd, usdPerMonth: cost!.usdPerMonth },
    });
  });
  it('FAILED: the step, and of the component where it failed and how', async () => {
    const world = await newWorld(table);
    const { image, gateways } = world;
    await gateways.plans.putResult(image, 'build', 0, {
      ...{ label: 'hello', commandId: 'c', status: 'failed', reason: 'Component hello: no' },
      result: {
        status: 'failed',
        failure: { phase: 'build', step: 'install', action: 'ExecuteBash', exitCode: 3, command: 'apt', stderr: 'no' },
      } as never,
    });
    await gateways.images.fail(image, 'RunComponent');
    await finish(gateways, image, { caught: { Error: 'ComponentFailedError', Cause: 'Component hello: no' } });
    const { summary } = world.told[0] as { summary: string[] };
    expect(summary).toContain('Failed in RunComponent: component hello, phase build, step install, exit code 3');
    expect(summary).toContain('Reason: Component hello: no');
    const { componentFailure } = (detail(world.events) as { failure: { componentFailure: object } }).failure;
    expect(componentFailure).toMatchObject({ component: 'hello', stepName: 'install', exitCode: 3 });
    expect(componentFailure).not.toHaveProperty('stderr');
  });
  it('what cleanup could not release: by id and region on the record and in the message, and as a metric', async () => {
    const { world } = await wholeBuild(
      table,
      {
        after(state, { world: { ec2 } }) {
          if (state !== 'RunComponent') return;
          ec2.refuse = (call) => (call.startsWith('terminate') ? 'OperationNotPermitted' : undefined);
          throw new InvalidRequestError('no more');
        },
        secondNet: false,
      },
      short,
    );
    const { id } = world.ec2.living()[0]!;
    const { state, leftovers, notes } = await world.read();
    expect(state.status).toBe('FAILED');
    expect(leftovers).toEqual([
      { kind: 'instance', id, region: 'us-east-1', reason: expect.stringContaining('OperationNotPermitted') },
    ]);
    expect(notes).toEqual([expect.stringMatching(/^Cleanup could not release instance i-\d+ in us-east-1: /)]);
    expect((world.told[0] as { summary: string[] }).summary).toContain(`Not released yet: instance ${id} in us-east-1`);
    expect(world.measured).toContainEqual(['Leftovers', 1]);
  });
  it('a comparison that fails is noted, and fails nothing; one that is throttled is tried again', async () => {
    const build = async (error: Error) => {
      const world = await newWorld(table);
      await world.gateways.ledgers.beginPublishing(world.image, [], 'now');
      await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', {
        ...{ kind: 'image', region: 'us-east-1', token: 't', since: 0, until: 0, id: 'ami-1' },
      });
      await world.gateways.ledgers.commit(world.image, ['SnapshotAmi#0#0']);
      world.gateways.plans.find = async () => undefined;
      const changes = () => Promise.reject(error);
      return { world, ended: finish({ ...world.gateways, changes }, world.image, {}) };
    };
    const broken = await build(new Error('no inventory'));
    expect((await broken.ended).status).toBe('AVAILABLE');
    expect((await broken.world.read()).notes).toEqual(['It is not known what changed: no inventory']);
    await expect((await build(new ThrottledError('slow down'))).ended).rejects.toThrow('slow down');
  });
});
