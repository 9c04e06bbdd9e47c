// A deployment in the middle of a build: the phases of running builds are pinned to their versions, but router, second net and sweep are the newest code,
// over what an earlier version wrote. Everything in golden/ was written by one, and is never changed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { finish } from '../../shared/phase/finish.ts';
import { testTable } from '../store/test-table.ts';
import { left } from './busy-build.ts';
import { freeze, type Moment, thaw, waitsOf } from './frozen-build.ts';
import { happen, teller } from './outside.ts';
import { sweeping } from './sweeping.ts';
import { endedBadly } from './whole-build.ts';
import type { World } from './world.ts';

const golden = join(import.meta.dirname, 'golden');
const versions = readdirSync(golden).filter((name) => name.startsWith('builds-'));
const frozen = versions.flatMap((version) =>
  (JSON.parse(readFileSync(join(golden, version), 'utf8')) as Moment[]).map((moment) => ({ version, ...moment })),
);
const moments = frozen.map((moment) => [moment.version, moment.at, moment] as const);
const waiting = moments.filter(([, , moment]) => waitsOf(moment).some(({ token, result }) => token && !result));

const table = await testTable();

/** As Lambda, the machine or the next hour's sweep does it again. */
async function patiently(world: World, act: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await act();
      return;
    } catch (error) {
      if (attempt === 10 || (error as Error).name !== 'NotReadyError') throw error;
      world.clock.pass(60_000);
    }
  }
}

async function expectEnded(world: World, at: string, otherwise: string): Promise<void> {
  const { state, timeline, dateEnded } = await world.read();
  expect(Object.values(timeline).filter(({ ended }) => !ended)).toEqual([]);
  expect(dateEnded).toBeDefined();
  expect(await world.ledger()).toMatchObject({ closed: expect.any(String), clean: expect.any(String) });
  expect(world.ec2.living()).toEqual([]);
  if (at === 'PublishImage') {
    expect(state.status).toBe('AVAILABLE');
    expect(world.ec2.remaining()).toHaveLength(2);
    return;
  }
  expect(state.status).toBe(otherwise);
  expect(left(world)).toEqual([]);
}

it('what today’s code writes waits at the same moments as what an earlier one wrote', async () => {
  const today = (await freeze(table)).map(({ at }) => at).sort();
  for (const version of versions) {
    const then = frozen.filter((moment) => moment.version === version).map(({ at }) => at);
    expect(today, version).toEqual(expect.arrayContaining(then));
  }
  expect(waiting.length).toBeGreaterThanOrEqual(8);
});

it.each(waiting)('a build of %s that waits at %s is woken by the newest router', async (_, at, moment) => {
  const world = await thaw(table, moment);
  const completed: Parameters<World['gateways']['executions']['complete']>[] = [];
  world.gateways.executions.complete = async (token, outcome) => completed.push([token, outcome]) > 0;
  const clock = impatientClock(world.clock.now());
  await happen(world, clock, teller(world, clock), at);
  const [open] = waitsOf(moment).filter(({ token, result, timeline }) => token && !result && timeline.startsWith(at));
  expect(completed).toContainEqual([open!.token, { ok: true }]);
  expect((await world.read()).timeline[open!.timeline]).toMatchObject({ ended: expect.any(String), endedBy: 'event' });
});

describe.each(moments)('a build of %s at %s', (_, at, moment) => {
  it('that is stopped is released and ended by the newest second net', async () => {
    const world = await thaw(table, moment);
    await patiently(world, () => endedBadly(world, { status: 'ABORTED', cause: 'Ctrl-C' }));
    await expectEnded(world, at, 'CANCELLED');
  });
  it('is released by the newest Cleanup and ended by the newest FinishImage', async () => {
    const world = await thaw(table, moment);
    await patiently(world, () => cleanup(world.gateways, world.image, true));
    await finish(world.gateways, world.image, { caught: { Error: 'CapacityError', Cause: 'no room' } });
    await expectEnded(world, at, 'FAILED');
  });
  it('is left alone by the newest sweep while it runs, and released and ended once its execution has failed', async () => {
    const world = await thaw(table, moment);
    const { run } = sweeping(world);
    const before = [left(world), await world.read(), await world.ledger()];
    const live = await run();
    expect(live.counts).toMatchObject({ looked: 1, live: 1, released: 0, refused: 0, orphans: 0 });
    expect([left(world), await world.read(), await world.ledger()]).toEqual(before);
    world.execution.view = { status: 'FAILED', error: 'CapacityError', cause: 'no room' };
    for (let hours = 0; hours < 2; hours++) {
      world.clock.pass(3_600_000);
      await run();
    }
    await expectEnded(world, at, 'FAILED');
  });
});
