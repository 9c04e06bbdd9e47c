// What a failed build keeps for a time: the tested AMI for a retry, instances for inspection. After that the sweep ends it.
import type { Entry, Ledger } from './ledger.ts';

/** Whether an entry is kept for now: its time is not over, and nobody else owns it. `now`: epoch milliseconds. */
export const isRetained = ({ keepUntil, expired, transferred, released }: Entry, now: number) =>
  keepUntil !== undefined && now < keepUntil && !expired && !transferred && !released;

/** Whether a ledger owns something that is kept for a time: its build is not settled until that is over. */
export const keeps = (ledger: Ledger, now: number) =>
  Object.values(ledger.entries).some((entry) => isRetained(entry, now));

const hour = 60 * 60_000;

/** Epoch milliseconds until which something is kept from `now` on. */
export const keptUntil = (now: number, hours: number) => now + hours * hour;
