// What the sweep is asked and what it reports: kept in the table, answered to its caller, read by `image-builder`.
import * as z from 'zod/mini';
import type { LeftoverRecord } from './image-record.ts';
import type { TaggedResource } from './ownership.ts';

/** The same from the rule and by hand; or to look into the other accounts and touch nothing, as `resources` and `doctor` ask. */
export const sweepInputSchema = z.union([
  z.strictObject({ dryRun: z.boolean() }),
  z.strictObject({ look: z.literal('accounts') }),
]);

export type SweepInput = { dryRun: boolean };

/** What one other account showed. `problems`: why it, or a region of it, could not be looked into. */
export type AccountLook = {
  account: string;
  /** Those that were looked into. */
  regions: string[];
  resources: TaggedResource[];
  problems: string[];
};

/** Resources of all accounts in one answer: as many as one answer of a function surely holds (6 MB). */
export const longestLook = 10_000;

export type Swept = Omit<LeftoverRecord, 'reason'> & { image: string };

/** Lists hold at most `longestList` items; `counts` are always of everything. */
export type SweepReport = {
  started: string;
  ended: string;
  dryRun: boolean;
  /** False when the time was up before everything was looked at: the next sweep goes on. */
  complete: boolean;
  /** Those that were looked at; of a target account `eu-west-1 of account 111111111111`. */
  regions: string[];
  counts: Record<'looked' | 'live' | 'released' | 'finished' | 'leftovers' | 'refused' | 'orphans', number>;
  /** With `dryRun`: what would be released. */
  released: Swept[];
  /** Images whose record was ended; with `dryRun`: would be. */
  finished: string[];
  leftovers: (LeftoverRecord & { image: string })[];
  /** Ledgers that contradict what AWS says: nothing of theirs is touched. */
  refused: { image: string; reason: string }[];
  /** Carries this stack's tag, and no ledger of this stack knows it: never deleted. */
  orphans: TaggedResource[];
  /** Regions or ledgers that could not be looked at. */
  problems: string[];
};

export const longestList = 100;

/** The item of the table that holds the newest report, under `report`. */
export const sweepReportKey = { pk: 'sweep', sk: 'report' };

/** The item that holds every region the stack has ever used, under `regions`: `eu-west-1`, of a target account `eu-west-1 111111111111`. */
export const regionsKey = { pk: 'regions', sk: 'regions' };
