// Who may copy an AMI to a destination now: first come, first served, and never more at once than AWS allows.

/**
 * What AWS lets an account have under way at once, by destination region. Snapshots: 20, "Concurrent snapshot copies per
 * destination Region", not adjustable by oneself (EBS user guide, ebs-resource-quotas). AMIs: 300 (EC2 user guide,
 * how-ami-copy-works). An AMI's copy copies each of its snapshots.
 */
export type CopyLimits = { snapshots: number; images: number };

/** CopyImage's own bucket, by account and region: 100 calls at once, one more each second (EC2 developer guide, ec2-api-throttling). */
export const callBucket = { size: 100, perSecond: 1 };

/** Milliseconds for which nobody else asks a region whose limit other copies than ours have reached. */
export const fullFor = 30_000;

/** Milliseconds for which who was refused by EC2 asks again every few seconds: EC2 may count a copy a moment longer than it lasts. */
export const askQuickly = 60_000;

/** One copy that wants to be made. `copy` names it: image and ledger entry. `asked`: epoch milliseconds at which it first asked. */
export type Place = { copy: string; asked: number; snapshots: number };

/** EC2 refused the copy `by` at `at`, and has refused every copy since `since`. Epoch milliseconds. */
export type Refusal = { by: string; since: number; at: number };

/** One destination: an account and a region. */
export type Slots = {
  /** Copies under way, by name. */
  held: Record<string, Omit<Place, 'copy'>>;
  /** Calls left in the bucket at `filled`, epoch milliseconds. */
  calls: number;
  filled: number;
  refusal?: Refusal;
};

/** A destination to which nothing was ever copied. */
export const freshSlots: Slots = { held: {}, calls: callBucket.size, filled: 0 };

/** `take`: the slots as they are then. `wait`: how many are before it. `later`: milliseconds until CopyImage may be called again. */
export type Turn = { act: 'take'; slots: Slots } | { act: 'wait'; before: number } | { act: 'later'; wait: number };

/**
 * The copies at the head of the queue that fit beside those under way. Nobody overtakes: where the first does not fit,
 * the next waits with it. One of more snapshots than the limit goes alone.
 */
export function admitted<Waiting extends Place>(slots: Slots, queue: Waiting[], limits: CopyLimits): Waiting[] {
  const weight = ({ snapshots }: Pick<Place, 'snapshots'>) => Math.min(snapshots, limits.snapshots);
  const under = Object.values(slots.held);
  let images = limits.images - under.length;
  let snapshots = limits.snapshots - under.reduce((sum, held) => sum + weight(held), 0);
  const found: Waiting[] = [];
  for (const place of queue) {
    // It has its slot already, and leaves the queue next.
    if (slots.held[place.copy]) continue;
    images -= 1;
    snapshots -= weight(place);
    if (images < 0 || snapshots < 0) break;
    found.push(place);
  }
  return found;
}

/** Whether a copy may be made now. `queue` holds the first of those who wait, in order; `place` is among them, or behind them all. */
export function turnOf(slots: Slots, queue: Place[], place: Place, limits: CopyLimits, now: number): Turn {
  const { copy } = place;
  const known = slots.held[copy];
  if (!known) {
    const waiting = queue.filter((one) => !slots.held[one.copy]);
    const position = waiting.findIndex((one) => one.copy === copy);
    const before = position < 0 ? waiting.length : position;
    const { refusal } = slots;
    const full = refusal !== undefined && refusal.by !== copy && now - refusal.at < fullFor;
    if (full || !admitted(slots, queue, limits).some((one) => one.copy === copy)) return { act: 'wait', before };
  }
  const elapsed = Math.max(0, now - slots.filled) / 1000;
  const calls = Math.min(callBucket.size, slots.calls + elapsed * callBucket.perSecond);
  if (calls < 1) return { act: 'later', wait: Math.ceil(((1 - calls) / callBucket.perSecond) * 1000) };
  const { asked, snapshots } = place;
  const held = { ...slots.held, [copy]: known ?? { asked, snapshots } };
  // Never back: else who is behind another's clock would have the time between them filled in twice.
  return { act: 'take', slots: { ...slots, held, calls: calls - 1, filled: Math.max(now, slots.filled) } };
}

/** Without a copy that has ended, or that will not be made. */
export function without(slots: Slots, copy: string): Slots {
  const { [copy]: _, ...held } = slots.held;
  return { ...slots, held };
}

/** EC2 said that the limit is reached, although we keep to it: other copies than ours go there. */
export function refusedBy(slots: Slots, copy: string, now: number): Slots & { refusal: Refusal } {
  const { refusal } = slots;
  return { ...without(slots, copy), refusal: { by: copy, since: refusal?.since ?? now, at: now } };
}

/** Who was refused is gone: the next one need not wait for it to ask again. Undefined where that was another. */
export function unrefused(slots: Slots, copy: string): Slots | undefined {
  return slots.refusal?.by === copy ? { ...slots, refusal: { ...slots.refusal, at: 0 } } : undefined;
}

/** EC2 has taken a copy again. */
export function accepted(slots: Slots): Slots {
  const { refusal: _, ...rest } = slots;
  return rest;
}
