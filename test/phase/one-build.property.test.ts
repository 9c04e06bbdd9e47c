// One build at a time, whatever interleaves and whoever is killed: each request is served by exactly one build that begins after it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testTable } from '../store/test-table.ts';
import { type Desk, openDesk } from './desk.ts';
import { Killed } from './mortal.ts';
import { pipeline } from './world.ts';

const table = await testTable();

type Gateways = Desk['gateways'];

/** The gateways of one invocation: every call waits its turn, and after `calls` calls the process is gone. */
function invocation(
  gateways: Gateways,
  turn: (act: () => Promise<unknown>) => Promise<unknown>,
  calls: number,
): Gateways {
  let left = calls;
  const guarded = <T extends object>(gateway: T): T =>
    new Proxy(gateway, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]) => {
          if (left <= 0) throw new Killed();
          const answer = await turn(async () => value.apply(target, given));
          if (--left <= 0) throw new Killed();
          return answer;
        };
      },
    });
  const { queue, runs, images, ledgers, pipelines, buildNumbers, executions, health } = gateways;
  const weak = { queue, runs, images, ledgers, pipelines, buildNumbers, executions, health };
  return { ...gateways, ...Object.fromEntries(Object.entries(weak).map(([name, one]) => [name, guarded(one)])) };
}

/** ONE_BUILD_RUNS=500 for a long one. */
const numRuns = Number(process.env.ONE_BUILD_RUNS ?? 20);

let pipelinesMade = 0;

const scenario = fc.record({
  scheduler: fc.scheduler(),
  messages: fc.integer({ min: 1, max: 4 }),
  /** Calls after which the first and the second try of an invocation are killed; the third lives. */
  deaths: fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 })), {
    minLength: 8,
    maxLength: 8,
  }),
  eventTwice: fc.boolean(),
  /** The event of the end is lost for good: the sweep is what is left. */
  eventLost: fc.boolean(),
});

describe('requests during a build', () => {
  it(
    'are followed by exactly one build, never two, never none',
    async () => {
      let runsOfProperty = 0;
      await fc.assert(
        fc.asyncProperty(scenario, async ({ scheduler, messages, deaths, eventTwice, eventLost }) => {
          runsOfProperty++;
          const desk = openDesk(table);
          const { gateways, started, executions } = desk;
          const name = `one-build-${++pipelinesMade}`;
          const kept = pipeline({ name, imageRecipe: { name, semanticVersion: '1.0.0', parentImage: 'ami-00000000' } });
          await gateways.pipelines.put(name, { pipeline: kept, files: [], hash: 'h', dateUpdated: '2026' }, 4e9);

          let together = 1;
          const start = gateways.executions.start;
          gateways.executions.start = async (...given) => {
            await start(...given);
            together = Math.max(together, [...executions.values()].filter(({ status }) => status === 'RUNNING').length);
          };
          let used = 0;
          /** As Lambda does with an asynchronous invocation: three tries. */
          const invoke = async (act: (through: Gateways) => Promise<unknown>) => {
            const [first, second] = deaths[used++ % deaths.length]!;
            for (const calls of [first, second, Number.POSITIVE_INFINITY])
              try {
                return await act(
                  invocation(gateways, (call) => scheduler.schedule(Promise.resolve()).then(call), calls),
                );
              } catch (error) {
                if (!(error instanceof Killed)) throw error;
              }
          };

          const first = (await desk.start({ imagePipelineName: name, clientToken: 'first' })).imageBuildVersionArn!;
          const arrivals = new Map<string, number>();
          const message = (token: string) =>
            invoke((through) => {
              if (!arrivals.has(token)) arrivals.set(token, started.length);
              return desk.start({ imagePipelineName: name, clientToken: token }, through);
            });
          const end = async (image: string, lost: boolean) => {
            await scheduler.schedule(Promise.resolve());
            await desk.end(image);
            if (lost) return;
            await Promise.all(
              Array.from({ length: eventTwice ? 2 : 1 }, () => invoke((through) => desk.ended(image, through))),
            );
          };
          const tokens = Array.from({ length: messages }, (_, index) => `message-${index}`);
          await scheduler.waitFor(Promise.all([...tokens.map(message), end(first, eventLost)]));

          // Whatever runs ends, and the sweep comes by, until there is nothing more to do.
          for (let round = 0; ; round++) {
            expect(round).toBeLessThan(messages + 3);
            const running = started.filter(({ name: one }) => executions.get(executionArn(one))?.status === 'RUNNING');
            for (const { image } of running) await scheduler.waitFor(end(image, false));
            const waiting = await gateways.queue.pending(name);
            if (waiting) await desk.start({ imagePipelineName: name, trigger: 'queued' });
            else if (running.length === 0) break;
          }

          expect(together).toBe(1);
          const builds = started.map(({ image }) => image);
          expect(builds[0]).toBe(first);
          const served = new Map<string, number>();
          for (const token of tokens) {
            const { imageBuildVersionArn = '', outcome } = await desk.start({
              imagePipelineName: name,
              clientToken: token,
            });
            expect(['started', 'queued', 'merged']).toContain(outcome);
            const index = builds.indexOf(imageBuildVersionArn);
            // A build that began after the request had come.
            expect(index).toBeGreaterThanOrEqual(arrivals.get(token)!);
            served.set(imageBuildVersionArn, (served.get(imageBuildVersionArn) ?? 0) + 1);
          }
          // No build that nobody asked for: asking again started nothing either.
          expect(builds.slice(1).filter((image) => !served.has(image))).toEqual([]);
          expect(started).toHaveLength(builds.length);
          expect(await gateways.queue.pending(name)).toBeUndefined();
        }),
        { numRuns },
      );
      expect(runsOfProperty).toBeGreaterThan(10);
    },
    30_000 + numRuns * 4000,
  );
});

const executionArn = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:build-image:${name}`;
