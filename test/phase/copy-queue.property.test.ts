// The copy queue under random builds, regions, deaths, lost events and cancellations: never beyond EC2's limits, everybody
// has a turn, nobody is overtaken, nothing is left. Time is simulated; every call of a function takes some, and may be its last.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { retriedErrors } from '../../shared/build/outcome.ts';
import { copyQueue } from '../../shared/phase/copy-slot.ts';
import type { CopySlots, Destination } from '../../shared/store/copy-slots.ts';
import { random } from '../faults/random.ts';
import { memorySlots } from '../store/memory-slots.ts';
import { Killed } from './mortal.ts';

const minute = 60_000;

type Build = { start: number; snapshots: number; regions: number; copying: number; cancelled?: number | undefined };
type Account = {
  builds: Build[];
  limit: number;
  /** Of a hundred calls, how many are a function's last. */
  deaths: number;
  /** Of a hundred events, how many never come. */
  lost: number;
  seed: number;
};

/** What came of an account. */
type Came = {
  refused: number;
  peaks: number[];
  heartbeats: number;
  overtaken: number;
  left: string[];
  made: number;
  unfinished: number;
};

async function simulate({ builds, limit, deaths, lost, seed }: Account, heartbeat = 15 * minute): Promise<Came> {
  const next = random(seed);
  const clock = impatientClock(Date.UTC(2026, 0, 1));
  const limits = { snapshots: limit, images: 300 };
  const slots = memorySlots();
  const came: Came = { refused: 0, peaks: [], heartbeats: 0, overtaken: 0, left: [], made: 0, unfinished: 0 };

  // Step Functions: tokens that wait.
  const tokens = new Map<string, (outcome: 'woken' | 'heartbeat') => void>();
  let issued = 0;
  const complete = async (token: string) => {
    const wake = tokens.get(token);
    tokens.delete(token);
    wake?.('woken');
    return wake !== undefined;
  };

  /** A function that may die before or after each of its calls. */
  const living = () => {
    const once = async <T>(act: () => Promise<T>): Promise<T> => {
      if (next() * 200 < deaths) throw new Killed();
      await clock.sleep(1 + next() * 20);
      const answer = await act();
      if (next() * 200 < deaths) throw new Killed();
      return answer;
    };
    const guarded = <Gateway extends object>(gateway: Gateway): Gateway =>
      new Proxy(gateway, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (...given: unknown[]) => once(() => value.apply(target, given)) : value;
        },
      });
    const queue = copyQueue({
      copySlots: guarded(watched),
      executions: guarded({ complete }),
      limits,
      accountId: 'one',
      now: clock.now,
    });
    return { queue, once };
  };
  /** Whoever takes a slot must leave room for all who asked before it, but for who came while it was taken. */
  const joined = new Map<string, number>();
  const taking = 200;
  const watched: CopySlots = {
    ...slots,
    async join(to, place, token) {
      if (!joined.has(place.copy)) joined.set(place.copy, clock.now());
      await slots.join(to, place, token);
    },
    async write(to, changed, version) {
      const before = await slots.read(to);
      const written = await slots.write(to, changed, version);
      const taken = Object.entries(changed.held).find(([copy]) => !before.held[copy]);
      if (written && taken) {
        const earlier = (await slots.queue(to, 1000)).filter(
          ({ copy, asked }) =>
            asked < taken[1].asked && !changed.held[copy] && joined.get(copy)! < clock.now() - taking,
        );
        const weight = [...Object.values(changed.held), ...earlier].reduce(
          (sum, { snapshots }) => sum + Math.min(limit, snapshots),
          0,
        );
        if (weight > limit) came.overtaken += 1;
      }
      return written;
    },
  };

  // EC2: copies by client token, and what each of them does when it ends.
  type Made = { snapshots: number; state: 'pending' | 'available' | 'gone' };
  const made = new Map<string, Made>();
  const copyImage = (name: string, region: number, build: Build, ended: () => void) => {
    if (made.has(name)) return;
    const pending = [...made].filter(([other, { state }]) => state === 'pending' && other.endsWith(` ${region}`));
    const under = pending.reduce((sum, [, { snapshots }]) => sum + snapshots, 0);
    if (under > 0 && under + build.snapshots > limit) came.refused += 1;
    came.peaks[region] = Math.max(came.peaks[region] ?? 0, under + build.snapshots);
    const one: Made = { snapshots: build.snapshots, state: 'pending' };
    made.set(name, one);
    came.made += 1;
    clock.sleep(build.copying * (0.5 + next())).then(() => {
      if (one.state !== 'pending') return;
      one.state = 'available';
      ended();
    });
  };

  const deregister = (name: string) => {
    const one = made.get(name);
    if (one) one.state = 'gone';
  };

  /** Runs a function again after its death, as Lambda and Step Functions do, until it lives through it. */
  async function again(act: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await act();
      } catch (error) {
        const { name } = error as Error;
        if (!(error instanceof Killed) && !retriedErrors.includes(name)) throw error;
        await clock.sleep(2000 + next() * 8000);
      }
    }
  }

  async function copyRegion(build: Build, number: number, region: number): Promise<void> {
    const to: Destination = { account: 'one', region: `region-${region}` };
    const copy = `${number} ${region}`;
    let asked: number | undefined;
    let noted: string | undefined;
    let closed = false;
    let running = false;
    let over = false;

    const look = async ({ queue, once }: ReturnType<typeof living>) => {
      if (!(await once(async () => made.get(copy)?.state === 'available'))) return false;
      await queue.free(to, copy);
      return true;
    };
    // The event: twice again after a death, then never.
    const told = async () => {
      if (next() * 100 < lost) return;
      for (let tries = 0; tries < 3; tries++) {
        try {
          await clock.sleep(500 + next() * 1000);
          if (await look(living())) {
            over = true;
            for (const wake of waking) wake('woken');
          }
          return;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
      }
    };
    const waking = new Set<(outcome: 'woken' | 'heartbeat') => void>();

    async function machine(): Promise<void> {
      await clock.sleep(build.start);
      while (!over && !closed) {
        const token = `token-${++issued}`;
        const { promise, resolve } = Promise.withResolvers<'woken' | 'heartbeat'>();
        tokens.set(token, resolve);
        waking.add(resolve);
        running = true;
        let failed = false;
        try {
          const lambda = living();
          // Whole milliseconds, as functions read them: within one, the queue goes by name.
          asked ??= await lambda.once(async () => Math.floor(clock.now()));
          if (!noted) {
            const turn = await lambda.queue.ask(to, { copy, asked, snapshots: build.snapshots }, token);
            if (turn.act === 'go') {
              await lambda.once(async () => copyImage(copy, region, build, () => void told()));
              if (closed) {
                deregister(copy);
                break;
              }
              noted = await lambda.once(async () => copy);
            }
          }
          if (noted && (await look(lambda))) over = true;
        } catch (error) {
          if (!(error instanceof Killed) && !retriedErrors.includes((error as Error).name)) throw error;
          failed = true;
        } finally {
          running = false;
        }
        if (over || closed) break;
        if (failed) {
          tokens.delete(token);
          await clock.sleep(next() * 10_000);
          continue;
        }
        const stop = new AbortController();
        clock.sleep(heartbeat, stop.signal).then(
          () => {
            came.heartbeats += 1;
            resolve('heartbeat');
          },
          () => {},
        );
        await promise;
        stop.abort();
        tokens.delete(token);
        waking.delete(resolve);
        await clock.sleep(next() * 2000);
      }
    }
    async function cancellation(): Promise<void> {
      await clock.sleep(build.cancelled!);
      if (over) return;
      closed = true;
      for (const wake of waking) wake('woken');
      await again(async () => {
        if (asked !== undefined && !noted) await living().queue.leave(to, { copy, asked });
      });
      // Nothing is released while a function of the build may still act.
      while (running) await clock.sleep(1000);
      await again(async () => {
        const { queue, once } = living();
        await once(async () => deregister(copy));
        if (asked !== undefined && !noted) await queue.leave(to, { copy, asked });
        await queue.free(to, copy);
      });
      over = true;
    }
    await Promise.all([machine(), ...(build.cancelled === undefined ? [] : [cancellation()])]);
    if (!over) came.unfinished += 1;
  }

  const all = builds.flatMap((build, number) =>
    Array.from({ length: build.regions }, (_, region) => copyRegion(build, number, region)),
  );
  const late = new AbortController();
  const tooLate = clock.sleep(60 * 24 * 60 * minute, late.signal).then(
    () => Promise.reject(new Error('after two months there are still copies that wait')),
    () => {},
  );
  await Promise.race([Promise.all(all), tooLate]);
  late.abort();
  for await (const to of slots.destinations()) {
    const { held } = await slots.read(to);
    came.left.push(...Object.keys(held), ...(await slots.queue(to, 1000)).map((one) => `waits: ${one.copy}`));
  }
  return came;
}

const build = fc.record({
  start: fc.integer({ min: 0, max: 20 * minute }),
  snapshots: fc.integer({ min: 1, max: 6 }),
  regions: fc.integer({ min: 1, max: 3 }),
  copying: fc.integer({ min: minute, max: 60 * minute }),
  cancelled: fc.option(fc.integer({ min: 0, max: 60 * minute }), { nil: undefined, freq: 4 }),
});
const account = (deaths: fc.Arbitrary<number>, lost: fc.Arbitrary<number>) =>
  fc.record({
    builds: fc.array(build, { minLength: 1, maxLength: 25 }),
    limit: fc.integer({ min: 1, max: 20 }),
    deaths,
    lost,
    seed: fc.integer({ min: 1, max: 1e9 }),
  });

const kept = ({ limit, builds }: Account, came: Came) => {
  expect(came).toMatchObject({ refused: 0, overtaken: 0, left: [], unfinished: 0 });
  // One of more snapshots than the limit goes alone.
  const most = Math.max(limit, ...builds.map(({ snapshots }) => snapshots));
  expect(Math.max(0, ...came.peaks.filter((peak) => peak !== undefined))).toBeLessThanOrEqual(most);
};

it('keeps to the limits whatever dies, is lost or cancelled, and leaves nothing', async () => {
  await fc.assert(
    fc.asyncProperty(account(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 60 })), async (some) =>
      kept(some, await simulate(some)),
    ),
    { numRuns: 200 },
  );
}, 60_000);

it('wakes everybody in time where nothing is lost: a heartbeat finds nothing that was missed', async () => {
  await fc.assert(
    fc.asyncProperty(account(fc.constant(0), fc.constant(0)), async (some) => {
      // Longer than all of it may last: who is not woken is missed.
      const came = await simulate(some, 7 * 24 * 60 * minute);
      kept(some, came);
      expect(came.heartbeats).toBe(0);
    }),
    { numRuns: 100 },
  );
}, 60_000);
