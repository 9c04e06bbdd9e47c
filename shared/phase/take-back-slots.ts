// The sweep's part of the copy queue: slots and places of builds that are over are taken back, and whose turn it is is woken.
import type { Ledger } from '../build/ledger.ts';
import type { Swept } from '../model/sweep-report.ts';
import type { CopySlots, Destination } from '../store/copy-slots.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { CopyQueue } from './copy-slot.ts';

export type TakingBack = {
  copySlots: CopySlots;
  copyQueue: CopyQueue;
  ledgers: Ledgers;
  accountId: string;
  now(): number;
};

/** How many of those who wait are looked at in one sweep: the first are those for whom others wait. */
const mostLookedAt = 200;
/** Milliseconds after which a build has a ledger: who asks for a slot has one. */
const starting = 15 * 60_000;

/** Answers what was taken back. What a live build holds is left to it. */
export async function takeBackSlots(sweeping: TakingBack, to: Destination): Promise<Swept[]> {
  const { copySlots, copyQueue, ledgers, accountId, now } = sweeping;
  const [{ held }, waiting] = await Promise.all([copySlots.read(to), copySlots.queue(to, mostLookedAt)]);
  const under = Object.entries(held).map(([copy, { asked }]) => ({ copy, asked }));
  const back: Swept[] = [];
  for (const { copy, asked } of [...under, ...waiting]) {
    const [image = '', entry = ''] = copy.split(' ');
    if (now() - asked < starting || !isOver(await ledgers.find(image), entry)) continue;
    await copyQueue.free(to, copy);
    await copySlots.leave(to, { copy, asked });
    const account = to.account === accountId ? {} : { account: to.account };
    back.push({ image, kind: 'copy slot', id: copy, region: to.region, ...account });
  }
  // A wake-up may have been lost with the function that should have given it.
  await copyQueue.wake(to);
  return back;
}

/** Whether the copy of a ledger's entry is no longer being made, nor can be. */
function isOver(ledger: Ledger | undefined, key: string): boolean {
  const entry = ledger?.entries[key];
  if (!ledger || !entry) return true;
  return entry.released !== undefined || entry.keep === true || ledger.clean !== undefined;
}
