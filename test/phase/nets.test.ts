// The three nets, each alone: builds that break off everywhere, with the other two switched off.
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../shared/errors.ts';
import { testTable } from '../store/test-table.ts';
import { left } from './busy-build.ts';
import { sweeping } from './sweeping.ts';
import { type Build, type Ended, endedBadly, type Interference, short, wholeBuild } from './whole-build.ts';

const table = await testTable();

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
const stops = (broken: string) => (state: string, build: Build) => {
  if (state === broken) build.stop('CancelledError', 'stopped from outside');
};
const minute = 60_000;
const brokenBuild = (how: Interference = {}) => wholeBuild(table, { ...how, secondNet: false }, short);

async function expectNothing({ world: build }: Ended, status: string) {
  expect(left(build)).toEqual([]);
  const { state, dateEnded, leftovers } = await build.read();
  expect({ status: state.status, leftovers }).toEqual({ status, leftovers: undefined });
  expect(dateEnded).toBeDefined();
  expect(await build.ledger()).toMatchObject({ closed: expect.any(String), clean: expect.any(String) });
  expect(await build.ledger()).not.toHaveProperty('type');
}

describe('without any fault', () => {
  it('the machine leaves the published AMIs, marked, and nothing for the sweep to look at', async () => {
    const build = await brokenBuild();
    expect(build.status).toBe('SUCCEEDED');
    expect(build.world.ec2.living()).toEqual([]);
    expect(
      build.world.ec2.remaining().map(({ state, tags }) => [state, tags['serverless-image-builder:published']]),
    ).toEqual([
      ['available', 'true'],
      ['available', 'true'],
    ]);
    expect((await build.world.read()).state.status).toBe('AVAILABLE');
    expect(await build.world.ledger()).not.toHaveProperty('type');
    expect(build.world.measured).toEqual(
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
    const build = await brokenBuild({ after: fails(state) });
    if (state === 'PublishImage') {
      // Its work was the commit: what was published stays, whatever happens afterwards.
      expect(build.world.ec2.living()).toEqual([]);
      expect((await build.world.read()).state.status).toBe('AVAILABLE');
      return;
    }
    expect(build).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    await expectNothing(build, 'FAILED');
    expect(build.world.measured).toContainEqual(['ImagesFailed', 1]);
  });
});

describe('the second net alone, the rule on executions that end badly', () => {
  it.each(states)('a build that fails in %s', async (state) => {
    const build = await brokenBuild({ after: fails(state), denied: firstNetOff });
    expect(build.status).toBe('FAILED');
    expect(left(build.world)).not.toEqual([]);
    await endedBadly(build.world, build);
    await expectNothing(build, 'FAILED');
  });
  it.each(some)('a build that is stopped in %s', async (state) => {
    const build = await brokenBuild({ after: stops(state) });
    expect(build.status).toBe('ABORTED');
    await endedBadly(build.world, build);
    await expectNothing(build, 'CANCELLED');
    expect(build.world.measured).toContainEqual(['ImagesCancelled', 1]);
  });
});

describe('the third net alone, the sweep', () => {
  it.each(states)('a build that fails in %s', async (state) => {
    const build = await brokenBuild({ after: fails(state), denied: firstNetOff });
    expect(left(build.world)).not.toEqual([]);
    build.pass(minute);
    await sweeping(build.world).run();
    await expectNothing(build, 'FAILED');
  });
  it.each(some)('a build that is stopped in %s', async (state) => {
    const build = await brokenBuild({ after: stops(state) });
    await sweeping(build.world).run();
    await expectNothing(build, 'CANCELLED');
    expect((await build.world.read()).state.reason).toBe('stopped from outside');
  });
  it('a published build whose builder and tester nobody ended', async () => {
    const build = await brokenBuild({ denied: ['ReleaseBuilder', 'ReleaseTester', 'Cleanup'] });
    expect(build.status).toBe('SUCCEEDED');
    expect(build.world.ec2.living()).toHaveLength(2);
    const report = await sweeping(build.world).run();
    expect(report.released.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['instance', 'instance']));
    expect(build.world.ec2.living()).toEqual([]);
    expect(build.world.ec2.remaining()).toHaveLength(2);
    expect((await build.world.read()).state.status).toBe('AVAILABLE');
  });
});

describe('late acts', () => {
  it('a redriven execution is refused by every function that makes something', async () => {
    const build = await brokenBuild({ after: stops('SnapshotAmi') });
    await sweeping(build.world).run();
    build.world.execution.view = { status: 'RUNNING' };
    const calls = build.world.ec2.calls.length;
    const ids = { image: build.world.image, token: build.world.token(), index: 1 };
    const payload = { ...ids, stage: 'build' as const, role: 'builder' as const };
    for (const name of ['LaunchBuilder', 'StopBuilder', 'SnapshotAmi', 'LaunchTester', 'CopyRegion', 'PublishImage'])
      await expect(build.phases(name, payload), name).rejects.toMatchObject({ name: 'CancelledError' });
    await expect(build.phases('RunComponent', { ...payload, index: 0 })).rejects.toMatchObject({
      name: 'CancelledError',
    });
    expect(build.world.ec2.calls).toHaveLength(calls);
    await build.phases('Cleanup', payload);
    await build.phases('FinishImage', { ...payload, ended: { error: { Error: 'CancelledError' } } });
    await expectNothing(build, 'CANCELLED');
  });
});
