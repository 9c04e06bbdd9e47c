// The way from a rule to a function. AWS's queue of asynchronous invocations outlives everything, ours dies with the process: while the
// cloud stops, events are handled there and then, and the ends of executions are handed over again, so that each reaches its cleanup.
import { join } from 'node:path';
import type { Cloud, Functions } from '../cloud.ts';
import { AwsError } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

export type Outbox = {
  invokeLater(functionArn: string, payload: string): void;
  /** Hands over again what may not have been handled before the last end; answers how many events that were. */
  restore(): number;
  /** From now on events are handled as they come, again and again until their function succeeds. */
  hurry(): void;
  /** Resolves when none of them is left, or after `milliseconds`, with how many were kept for the next start. */
  drain(milliseconds: number): Promise<number>;
};

type Kept = { functionArn: string; payload: string; accepted: number };

const pause = 500;
// Longer than all tries of an asynchronous invocation take.
const keptFor = 15 * 60_000;
const mostKept = 50;

export function outbox(cloud: Pick<Cloud, 'stateDirectory' | 'clock'>, functions: Functions): Outbox {
  const file = join(cloud.stateDirectory, 'events', 'undelivered.json');
  const earlier = readJson<Kept[]>(file, []);
  let recent: Kept[] = [];
  const unfinished = new Set<Kept>();
  let hurried = false;
  let deadline = Number.POSITIVE_INFINITY;

  const fresh = ({ accepted }: Kept) => cloud.clock.now() - accepted < keptFor;
  const queue = (event: Kept) => {
    functions.invokeLater(event.functionArn, event.payload);
    if (!endsExecution(event.payload)) return;
    recent = [...recent.filter(fresh), event].slice(-mostKept);
    writeJson(file, recent);
  };
  const handle = async (event: Kept) => {
    unfinished.add(event);
    while (cloud.clock.now() < deadline) {
      const answer = await functions.invoke(event.functionArn, event.payload).catch(() => undefined);
      if (answer && !answer.functionError) {
        unfinished.delete(event);
        return;
      }
      await cloud.clock.sleep(pause);
    }
  };

  return {
    invokeLater(functionArn, payload) {
      const event = { functionArn, payload, accepted: cloud.clock.now() };
      if (hurried) void handle(event);
      else queue(event);
    },
    restore() {
      return earlier
        .splice(0)
        .filter(fresh)
        .filter((event) => {
          try {
            queue({ ...event, accepted: cloud.clock.now() });
            return true;
          } catch (error) {
            // The stack may have lost the function since.
            if (error instanceof AwsError) return false;
            throw error;
          }
        }).length;
    },
    hurry() {
      hurried = true;
      for (const event of recent.filter(fresh)) void handle(event);
    },
    async drain(milliseconds) {
      deadline = cloud.clock.now() + milliseconds;
      // The bus hands events on in turns of the event loop: a moment without any says that there are none.
      for (let quiet = 0; quiet < 3 && cloud.clock.now() < deadline; ) {
        await cloud.clock.sleep(20);
        quiet = unfinished.size === 0 ? quiet + 1 : 0;
      }
      writeJson(file, [...unfinished]);
      return unfinished.size;
    },
  };
}

function endsExecution(payload: string): boolean {
  const event: unknown = JSON.parse(payload);
  return event !== null && typeof event === 'object' && 'source' in event && event.source === 'aws.states';
}
