// A rush of builds at an endpoint whose buckets are tighter than AWS's: all finish, nothing is left, and next to nothing is refused; the thousand are `npm run bench -- scale`.
import { expect, it } from 'vitest';
import { type ApiLimits, awsLimits } from '../../local/throttling/aws-buckets.ts';
import { rush } from './rush.ts';

const launches = (size: number, perSecond: number): ApiLimits => ({
  ...awsLimits,
  ec2: (operation, filtered) =>
    operation === 'RunInstances' ? { call: { size, perSecond } } : awsLimits.ec2!(operation, filtered),
});
const run = '000000000000 us-east-1 ec2 RunInstances';
const builds = 10;
const delays = { instanceRunning: 2000, agentOnline: 1000, imageAvailable: 5000 };

it('10 builds within a second, with a launch every five seconds', async () => {
  const variables = { LAUNCHES_PER_SECOND: '0.2' };
  const seen = await rush({ builds, within: 1000, delays, limits: launches(5, 0.2), variables });
  expect(seen.faults).toEqual([]);
  expect(seen.reasons).toEqual([]);
  expect(seen.statuses).toEqual({ AVAILABLE: builds });
  expect(seen.orphans).toEqual([]);
  expect(seen.throttles[run]).toEqual({ passed: 2 * builds, refused: 0 });
  // 15 launches wait for a token of their own, which is 75 s; the tests follow the last.
  expect(seen.makespan).toBeGreaterThan(75_000);
  expect(seen.makespan).toBeLessThan(75_000 + 60_000);
  const postponed = seen.images.filter(({ timeline }) => timeline.LaunchBuilder!.turn);
  expect(postponed.length).toBeGreaterThanOrEqual(builds - 5);
  expect(postponed[0]!.timeline.LaunchBuilder!.waiting).toMatch(/^waiting for its turn at \d\d:\d\d:\d\d UTC/);
}, 120_000);

it('who expects more of a bucket than there is tries again until it is filled', async () => {
  const seen = await rush({ builds: 4, within: 1000, delays, limits: launches(1, 0.1) });
  expect(seen.statuses).toEqual({ AVAILABLE: 4 });
  expect(seen.orphans).toEqual([]);
  expect(seen.throttles[run]!.refused).toBeGreaterThan(0);
}, 120_000);
