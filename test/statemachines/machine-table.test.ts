// The machine table: every state of the real machine × every error name → how the execution ends, and that cleanup ran.
import { describe, expect, it } from 'vitest';
import { errorNames } from '../../shared/errors.ts';
import { tasks } from './machine.ts';
import { plan, runBuild } from './run.ts';

const states = Object.keys(tasks()).filter((state) => state !== 'CopyRegionAfterTests');
/** What fails in these, Cleanup does again or says. */
const forgiven = ['Cleanup', 'ReleaseBuilder', 'ReleaseTester'];
const always = Number.POSITIVE_INFINITY;
const lambdaFaults = [
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
];
const deaths = ['Sandbox.Timedout', 'Lambda.Unknown', 'Runtime.ExitError'];
const retries: Record<string, number> = Object.fromEntries([
  ...['ThrottledError', 'NotReadyError', ...lambdaFaults].map((name) => [name, 300]),
  ...deaths.map((name) => [name, 3]),
  ['CapacityError', 5],
]);
const names = [...errorNames, ...lambdaFaults, ...deaths, 'Runtime.HandlerNotFound', 'TypeError'];
const table = states.flatMap((state) => names.map((error) => [state, error] as const));
const once = (state: string) =>
  ({ RunComponent: plan.build.length, RunTest: plan.test.length, CopyRegion: plan.copyDuringTests.length })[state] ?? 1;

describe('a fault that passes', () => {
  it.each(table.filter(([, error]) => retries[error]))('%s, %s once: the build succeeds', async (state, error) => {
    const run = await runBuild([{ state, error, times: 1 }]);
    expect(run.status).toBe('SUCCEEDED');
    expect(run.calls[state]).toBe(once(state) + 1);
  });
});

describe('a fault that stays', () => {
  it.each(table)('%s, %s always', async (state, error) => {
    const run = await runBuild([{ state, error, times: always }]);
    const concurrent = state === 'CopyRegion' || error === 'Lambda.Unknown' ? 1 : 0;
    const tries = (retries[error] ?? 0) + 1;
    expect(run.calls[state]).toBeGreaterThanOrEqual(tries);
    expect(run.calls[state]).toBeLessThanOrEqual(concurrent ? tries * once(state) : tries);
    if (forgiven.includes(state)) {
      expect(run.status).toBe('SUCCEEDED');
      if (state !== 'Cleanup') expect(run.calls.Cleanup).toBe(1);
      expect(run.calls.FinishImage).toBe(1);
      return;
    }
    expect(run.status).toBe('FAILED');
    expect(run.error).toBe(error);
    expect(run.cause).toBeTruthy();
    expect(run.calls.Cleanup).toBe(1);
    if (state !== 'FinishImage') expect(run.order.slice(-2)).toEqual(['Cleanup', 'FinishImage']);
  });
});

describe('silence', () => {
  it.each(states.filter((state) => tasks()[state]!.HeartbeatSeconds))(
    '%s asks again after a lost event, with a new token',
    async (state) => {
      const run = await runBuild([{ state, error: 'States.Timeout', times: 3 }]);
      expect(run.status).toBe('SUCCEEDED');
      expect(run.calls[state]).toBe(once(state) + 3);
    },
  );
  it.each(states.filter((state) => !tasks()[state]!.HeartbeatSeconds && !forgiven.includes(state)))(
    '%s that never answers ends the build as States.Timeout',
    async (state) => {
      const run = await runBuild([{ state, error: 'States.Timeout', times: always }]);
      expect(run).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
      expect(run.calls.Cleanup).toBe(1);
    },
  );
});

describe('a launch whose turn is later', () => {
  it.each(['LaunchBuilder', 'LaunchTester'])('%s asks again at the time that the cause names', async (state) => {
    const run = await runBuild([{ state, error: 'PostponedError', times: 1 }]);
    expect(run.status).toBe('SUCCEEDED');
    expect(run.calls[state]).toBe(2);
    const events = run.history.events;
    const at = (type: string) => events.find((event) => event.type === type)!.timestamp;
    expect(at('WaitStateExited') - at('WaitStateEntered')).toBe(90);
  });
  it.each(states.filter((state) => !/^Launch/.test(state)))('%s has no turn', (state) => {
    expect(tasks()[state]).not.toHaveProperty('Catch.0.ErrorEquals.0', 'PostponedError');
  });
});

describe('order', () => {
  it('a failing component keeps the later ones from starting', async () => {
    const run = await runBuild([{ state: 'RunComponent', error: 'ComponentFailedError', times: 1 }]);
    expect(run.order).toEqual([
      ...['PrepareImage', 'CheckDistribution', 'LaunchBuilder', 'RunComponent', 'Cleanup', 'FinishImage'],
    ]);
  });
  it('what would not be distributed is not launched', async () => {
    const run = await runBuild([{ state: 'CheckDistribution', error: 'InvalidRequestError', times: 1 }]);
    expect(run).toMatchObject({ status: 'FAILED', error: 'InvalidRequestError' });
    expect(run.order).toEqual(['PrepareImage', 'CheckDistribution', 'Cleanup', 'FinishImage']);
  });
  it('where nothing has to be asked about, nothing is', async () => {
    const { order, status } = await runBuild([], { ...plan, checkNeeded: false });
    expect(status).toBe('SUCCEEDED');
    expect(order.slice(0, 2)).toEqual(['PrepareImage', 'LaunchBuilder']);
  });
  it('copies start beside the tests, and publishing waits for both', async () => {
    const { order } = await runBuild();
    expect(order.indexOf('CopyRegion')).toBeLessThan(order.indexOf('EvaluateTests'));
    expect(order.slice(-3)).toEqual(['PublishImage', 'Cleanup', 'FinishImage']);
  });
  it('the builder ends as soon as its AMI is there, beside tester and copies; the tester with the verdict', async () => {
    const { order } = await runBuild();
    const at = (state: string) => order.indexOf(state);
    expect(at('ReleaseBuilder')).toBeGreaterThan(at('SnapshotAmi'));
    expect(at('ReleaseBuilder')).toBeLessThan(at('RunTest'));
    expect(at('ReleaseTester')).toBe(at('EvaluateTests') + 1);
  });
  it('a failed verdict leaves the tester to Cleanup', async () => {
    const { order } = await runBuild([{ state: 'EvaluateTests', error: 'TestFailedError', times: 1 }]);
    expect(order).not.toContain('ReleaseTester');
    expect(order.slice(-2)).toEqual(['Cleanup', 'FinishImage']);
  });
  it('a release that does not answer delays neither verdict nor end for ever', async () => {
    const run = await runBuild([{ state: 'ReleaseBuilder', error: 'States.Timeout', times: always }]);
    expect(run.status).toBe('SUCCEEDED');
    expect(run.order.slice(-3)).toEqual(['PublishImage', 'Cleanup', 'FinishImage']);
  });
  it('with copyDuringTests off, copies start after the verdict', async () => {
    const { order } = await runBuild([], { ...plan, copyDuringTests: [], copyAfterTests: [1, 2] });
    expect(order.indexOf('CopyRegionAfterTests')).toBeGreaterThan(order.indexOf('EvaluateTests'));
    expect(order.filter((state) => state === 'CopyRegionAfterTests')).toHaveLength(2);
  });
  it('with tests off, no tester is launched', async () => {
    const { order, status } = await runBuild([], { ...plan, imageTestsEnabled: false });
    expect(status).toBe('SUCCEEDED');
    expect(order).not.toContain('LaunchTester');
    expect(order).toContain('EvaluateTests');
  });
});

describe('size', () => {
  it('20 components in 15 regions stay under 1,000 events and 32 KiB of payload', async () => {
    const count = (length: number) => Array.from({ length }, (_, index) => index);
    const run = await runBuild([], { ...plan, build: count(23), test: count(21), copyDuringTests: count(15).slice(1) });
    const events = run.history.events;
    expect(run.status).toBe('SUCCEEDED');
    expect(events.length).toBeLessThan(1000);
    const largest = Math.max(...events.map((event) => Buffer.byteLength(JSON.stringify(event))));
    expect(largest).toBeLessThan(32 * 1024);
  });
});
