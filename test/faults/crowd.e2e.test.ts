// A crowd of builds at once: the endpoint enforces the copy limits and never has to refuse; the 60 builds to 10 regions are `npm run bench -- copies`.
import { expect, it } from 'vitest';
import { crowd, overtaking } from './crowd.ts';

const minute = 60_000;

it('8 builds to 2 regions with room for 3 copies each: never refused, all finish, in order', async () => {
  const regions = ['eu-west-1', 'eu-central-1'];
  const seen = await crowd({ builds: 8, regions, copying: 10 * minute, snapshots: 3 });
  expect(seen.faults).toEqual([]);
  expect(seen.reasons).toEqual([]);
  expect(seen.statuses).toEqual({ AVAILABLE: 8 });
  for (const region of regions) expect(seen.peaks[region]).toMatchObject({ copies: 8, snapshots: 3, refused: 0 });
  expect(seen.left).toEqual([]);
  // Three rounds of three; a woken machine tries again within two seconds (Retry of CopyRegion).
  expect(seen.makespan).toBeGreaterThanOrEqual(30 * minute);
  expect(seen.makespan).toBeLessThan(30.5 * minute);
  expect(overtaking(seen.copies)).toBeLessThan(10_000);
  expect(seen.waitingTexts).toContain('waiting for one of 3 snapshot copies to eu-west-1, 4 before it');
}, 120_000);
