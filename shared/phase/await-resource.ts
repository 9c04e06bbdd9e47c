// Waits without polling: the token and the event meet in the store, and whoever comes second wakes the machine.
import type { Executions } from '../aws/executions.ts';
import { type EndedBy, type Outcome, retriedErrors } from '../build/outcome.ts';
import type { Wait, Waits } from '../store/waits.ts';
import { failState, isoTime, type Timekeeping } from './timeline.ts';

export type Waiting = Timekeeping & { waits: Waits; executions: Executions };

/** What a look at the resource showed: an outcome once there is one, and notes for the image's record. */
export type Seen = { outcome: Outcome; notes?: string[] } | undefined;

/** Looks once; `hint` is the state an event told, or "first", which spares calls where it says all there is to know. */
export type Look = (wait: Wait, hint?: string) => Promise<Seen>;

/** Seconds a wait is remembered: late events of its resource are dropped after that. */
const remembered = 30 * 24 * 60 * 60;

/** Writes the result, once, and completes the task that waits for it. */
export async function settle(waiting: Waiting, wait: Wait, seen: NonNullable<Seen>, endedBy: EndedBy): Promise<void> {
  const settled = await waiting.waits.settle(wait, seen.outcome, endedBy);
  if (settled.first) {
    const { outcome, notes = [] } = seen;
    if (outcome.ok) await waiting.images.finish(wait.image, wait.timeline, { ended: isoTime(waiting), endedBy });
    else if (!retriedErrors.includes(outcome.error)) await failState(waiting, wait.image, wait.timeline, { endedBy });
    await waiting.images.note(wait.image, notes);
  }
  const { token, result } = settled.wait;
  if (token && result) await waiting.executions.complete(token, result);
}

/**
 * Registers this attempt's token, then looks at the resource once. Completing the token is the last act: what happens
 * when a function throws after it has completed its own token is not documented.
 */
export async function awaitResource(waiting: Waiting, wait: Wait, token: string, look: Look): Promise<void> {
  await waiting.waits.open(wait, Math.floor(waiting.now() / 1000) + remembered);
  const before = await waiting.waits.register(wait.resource, wait.wanted, token);
  if (before.result) {
    await waiting.executions.complete(token, before.result);
    return;
  }
  const seen = await look(wait, before.token ? undefined : 'first');
  if (seen) await settle(waiting, wait, seen, before.token ? 'heartbeat' : 'look');
}
