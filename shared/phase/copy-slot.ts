// The copy queue at work: who may not copy yet leaves its task token and is woken; whoever sees a copy end frees its slot and wakes the next.
import type { Executions } from '../aws/executions.ts';
import {
  accepted,
  admitted,
  askQuickly,
  type CopyLimits,
  type Place,
  refusedBy,
  type Slots,
  turnOf,
  unrefused,
  without,
} from '../build/copy-queue.ts';
import { destinationText } from '../build/destinations.ts';
import { failed } from '../build/outcome.ts';
import { InvalidRequestError, NotReadyError, ThrottledError } from '../errors.ts';
import type { CopySlots, Destination } from '../store/copy-slots.ts';

/** `go`: the slot is taken; `doubtful` where EC2 refused the last copy. `wait`: for what, in words; the token is completed with NotReadyError when it may ask again. */
export type Answer = { act: 'go'; doubtful: boolean } | { act: 'wait'; text: string };

export type CopyQueue = {
  /** Asks for a slot, under the place that it has had since `asked`. NotReadyError where CopyImage's bucket is empty. */
  ask(to: Destination, place: Place, token: string): Promise<Answer>;
  /** EC2 took the copy: a refusal before it is over. */
  accepted(to: Destination): Promise<void>;
  /** EC2 refused the copy of who has a slot, as its limit is reached: what it waits for, in words. NotReadyError asks to try again in some seconds. */
  refused(to: Destination, place: Place, token: string): Promise<string>;
  /** Gives up a place, not a slot: who has one may be about to use it. */
  leave(to: Destination, place: Pick<Place, 'copy' | 'asked'>): Promise<void>;
  /** Frees the slot of a copy that has ended. Idempotent. */
  free(to: Destination, copy: string): Promise<void>;
  /** Wakes those whose turn it is. */
  wake(to: Destination): Promise<void>;
};

/** How many of those before it a place tells apart. */
const mostRead = 100;
/** Times that others may be first before the machine is asked to try again. */
const mostTries = 20;

const turn = failed('NotReadyError', 'A copy to this region has ended: it is the next one’s turn.');

type Gateways = {
  copySlots: CopySlots;
  executions: Pick<Executions, 'complete'>;
  limits: CopyLimits;
  /** The stack's own account, which texts do not name. */
  accountId: string;
  now(): number;
};

export function copyQueue({ copySlots, executions, limits, accountId, now }: Gateways): CopyQueue {
  const where = ({ account, region }: Destination) =>
    destinationText({ region, ...(account !== accountId && { account }) });
  const change = async (to: Destination, act: (slots: Slots) => Promise<Slots | undefined>): Promise<void> => {
    for (let tries = 0; tries < mostTries; tries++) {
      const { version, ...slots } = await copySlots.read(to);
      const changed = await act(slots);
      if (!changed || (await copySlots.write(to, changed, version))) return;
    }
    throw new ThrottledError(`Too many builds changed the copy slots of ${where(to)} at once.`);
  };
  const wake = async (to: Destination) => {
    const [slots, queue] = await Promise.all([copySlots.read(to), copySlots.queue(to, mostRead)]);
    for (const waiter of admitted(slots, queue, limits)) {
      if (!waiter.token) continue;
      await executions.complete(waiter.token, turn);
      await copySlots.woken(to, waiter);
    }
  };
  return {
    wake,
    async ask(to, place, token) {
      // The place before the look: who frees a slot after the look finds the token.
      await copySlots.join(to, place, token);
      for (let tries = 0; tries < mostTries; tries++) {
        const [{ version, ...slots }, queue] = await Promise.all([copySlots.read(to), copySlots.queue(to, mostRead)]);
        const asked = turnOf(slots, queue, place, limits, now());
        if (asked.act === 'wait') return { act: 'wait', text: waitingText(where(to), limits, asked.before, slots) };
        if (asked.act === 'later')
          throw new NotReadyError(
            `CopyImage may be called again in ${where(to)} in ${asked.wait} milliseconds: EC2 allows one call a second.`,
          );
        if (!(await copySlots.write(to, asked.slots, version))) continue;
        await copySlots.leave(to, place);
        return { act: 'go', doubtful: slots.refusal !== undefined };
      }
      throw new ThrottledError(`Too many builds asked for a copy slot of ${where(to)} at once.`);
    },
    async accepted(to) {
      await change(to, async (slots) => slots.refusal && accepted(slots));
      await wake(to);
    },
    async refused(to, place, token) {
      if (place.snapshots > limits.snapshots)
        throw new InvalidRequestError(
          `The AMI has ${place.snapshots} snapshots, and EC2 refuses to copy it to ${where(to)}: the limit is ${limits.snapshots} snapshot copies at once. Use fewer volumes, or ask AWS for more.`,
        );
      await copySlots.join(to, place, token);
      let since = now();
      await change(to, async (slots) => {
        const refused = refusedBy(slots, place.copy, now());
        since = refused.refusal.since;
        return refused;
      });
      const text = `waiting for copies of others to ${where(to)} to end (EC2: ResourceLimitExceeded)`;
      if (now() - since < askQuickly) throw new NotReadyError(`The copy is ${text}.`);
      return text;
    },
    async leave(to, place) {
      await copySlots.leave(to, place);
      await change(to, async (slots) => unrefused(slots, place.copy));
      await wake(to);
    },
    async free(to, copy) {
      await change(to, async (slots) => {
        const held = slots.held[copy];
        // Before the slot: a place that outlives its copy would keep those behind it waiting.
        if (held) await copySlots.leave(to, { copy, asked: held.asked });
        return held && without(slots, copy);
      });
      await wake(to);
    },
  };
}

/** A copy's name in its queue. */
export const copyOf = (image: string, entry: string) => `${image} ${entry}`;

/** Where an entry's AMI is, or will be. */
export const destinationOf = (
  { accountId }: { accountId: string },
  { region, account }: { region: string; account?: string | undefined },
): Destination => ({ account: account ?? accountId, region });

function waitingText(where: string, { snapshots }: CopyLimits, before: number, { refusal }: Slots): string {
  if (refusal) return `waiting for copies of others to ${where} to end (EC2: ResourceLimitExceeded)`;
  const count = before < mostRead ? `${before}` : `at least ${mostRead}`;
  const place = before === 0 ? 'next' : `${count} before it`;
  return `waiting for one of ${snapshots} snapshot copies to ${where}, ${place}`;
}
