// The three nets, each alone: builds that break off everywhere, with the other two switched off.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Table } from '../../shared/aws/table.ts';
import { InvalidRequestError } from '../../shared/errors.ts';
import { executionEnded, executionEndedSchema } from '../../shared/phase/execution-ended.ts';
import { openTable } from '../store/open-table.ts';
import { left } from './busy-build.ts';
import { type SpoiltBuild, spoiltBuild } from './spoilt-build.ts';
import { sweeping } from './sweeping.ts';
import { executionOf } from './world.ts';

let table: Table;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ table, close } = await openTable());
});
afterAll(() => close());

const states = [
  'LaunchBuilder',
  'RunComponent',
  'StopBuilder',
  'SnapshotAmi',
  'LaunchTester',
  'CopyRegion',
  'EvaluateTests',
];
const some = ['LaunchBuilder', 'SnapshotAmi', 'CopyRegion'];
/** The Cleanup state is off, and so is what ends the record. */
const firstNetOff = ['Cleanup', 'FinishImage'];
const fails = (broken: string) => (state: string) => {
  if (state === broken) throw new InvalidRequestError(`${state} as told`);
};
const stops = (broken: string) => (state: string, build: { stop(): void }) => {
  if (state === broken) build.stop();
};
const minute = 60_000;

async function expectNothing(build: SpoiltBuild, status: string) {
  expect(left(build)).toEqual([]);
  const { state, dateEnded, leftovers } = await build.read();
  expect({ status: state.status, leftovers }).toEqual({ status, leftovers: undefined });
  expect(dateEnded).toBeDefined();
  expect(await build.ledger()).toMatchObject({ closed: expect.any(String), clean: expect.any(String) });
  expect(await build.ledger()).not.toHaveProperty('type');
}

describe('without any fault', () => {
  it('the machine leaves the published AMIs, marked, and nothing for the sweep to look at', async () => {
    const build = await spoiltBuild(table);
    expect(build.ended.status).toBe('SUCCEEDED');
    expect(build.ec2.living()).toEqual([]);
    expect(build.ec2.remaining().map(({ state, tags }) => [state, tags['serverless-image-builder:published']])).toEqual(
      [
        ['available', 'true'],
        ['available', 'true'],
      ],
    );
    expect((await build.read()).state.status).toBe('AVAILABLE');
    expect(await build.ledger()).not.toHaveProperty('type');
    expect(build.measured).toEqual(
      expect.arrayContaining([
        ['ImagesAvailable', 1],
        ['BuildSeconds', expect.any(Number)],
        ['PhaseSeconds', expect.any(Number)],
      ]),
    );
  });
});

describe('the first net alone, the Cleanup state', () => {
  it.each([...states, 'PublishImage'])('a build that fails in %s', async (state) => {
    const build = await spoiltBuild(table, { after: fails(state) });
    if (state === 'PublishImage') {
      // Its work was the commit: what was published stays, whatever happens afterwards.
      expect(build.ec2.living()).toEqual([]);
      expect((await build.read()).state.status).toBe('AVAILABLE');
      return;
    }
    expect(build.ended).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    await expectNothing(build, 'FAILED');
    expect(build.measured).toContainEqual(['ImagesFailed', 1]);
  });
});

describe('the second net alone, the rule on executions that end badly', () => {
  const told = async (build: SpoiltBuild) => {
    const { status, error, cause } = build.ended;
    const event = executionEndedSchema.parse({
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        executionArn: executionOf(build.image),
        status,
        error,
        cause,
        input: JSON.stringify({ image: build.image }),
      },
    });
    await executionEnded(build.gateways, event, { until: build.gateways.now() });
  };
  it.each(states)('a build that fails in %s', async (state) => {
    const build = await spoiltBuild(table, { after: fails(state), without: firstNetOff });
    expect(build.ended.status).toBe('FAILED');
    expect(left(build)).not.toEqual([]);
    await told(build);
    await expectNothing(build, 'FAILED');
  });
  it.each(some)('a build that is stopped in %s', async (state) => {
    const build = await spoiltBuild(table, { after: stops(state) });
    expect(build.ended.status).toBe('ABORTED');
    await told(build);
    await expectNothing(build, 'CANCELLED');
    expect(build.measured).toContainEqual(['ImagesCancelled', 1]);
  });
});

describe('the third net alone, the sweep', () => {
  it.each(states)('a build that fails in %s', async (state) => {
    const build = await spoiltBuild(table, { after: fails(state), without: firstNetOff });
    expect(left(build)).not.toEqual([]);
    build.pass(minute);
    await sweeping(build).run();
    await expectNothing(build, 'FAILED');
  });
  it.each(some)('a build that is stopped in %s', async (state) => {
    const build = await spoiltBuild(table, { after: stops(state) });
    await sweeping(build).run();
    await expectNothing(build, 'CANCELLED');
    expect((await build.read()).state.reason).toBe('stopped from outside');
  });
  it('a published build whose builder and tester nobody ended', async () => {
    const build = await spoiltBuild(table, { without: ['ReleaseBuilder', 'ReleaseTester', 'Cleanup'] });
    expect(build.ended.status).toBe('SUCCEEDED');
    expect(build.ec2.living()).toHaveLength(2);
    const report = await sweeping(build).run();
    expect(report.released.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['instance', 'instance']));
    expect(build.ec2.living()).toEqual([]);
    expect(build.ec2.remaining()).toHaveLength(2);
    expect((await build.read()).state.status).toBe('AVAILABLE');
  });
});

describe('late acts', () => {
  it('a redriven execution is refused by every function that makes something', async () => {
    const build = await spoiltBuild(table, { after: stops('SnapshotAmi') });
    await sweeping(build).run();
    build.execution.view = { status: 'RUNNING' };
    const calls = build.ec2.calls.length;
    const ids = { image: build.image, token: build.token(), index: 1 };
    const payload = { ...ids, stage: 'build' as const, role: 'builder' as const };
    for (const name of ['LaunchBuilder', 'StopBuilder', 'SnapshotAmi', 'LaunchTester', 'CopyRegion', 'PublishImage'])
      await expect(build.phases[name]!(payload), name).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(build.phases.RunComponent!({ ...payload, index: 0 })).rejects.toMatchObject({
      name: 'CancelledError',
    });
    expect(build.ec2.calls).toHaveLength(calls);
    await build.phases.Cleanup!(payload);
    await build.phases.FinishImage!({ ...payload, error: { Error: 'CancelledError' } });
    await expectNothing(build, 'CANCELLED');
  });
});
