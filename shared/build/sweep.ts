// What the sweep may do about one build: decided by its ledger and its execution, which must agree.
import { isPublished, type Ledger, unreleased } from './ledger.ts';

/** Milliseconds for which a build may have a ledger and no execution yet: no function of ours runs longer. */
const starting = 15 * 60_000;

export type Facts = {
  ledger: Ledger;
  /** Whether there is an image record. */
  recorded: boolean;
  /** Status of the execution; undefined where Step Functions knows none (never started, or ended more than 90 days ago). */
  execution: string | undefined;
  stackId: string;
  now: number;
};

/** `leave`: it may be alive. `release`: it has ended. `refuse`: ledger and AWS contradict each other, and the sweep never guesses. */
export type Verdict = { act: 'leave' } | { act: 'release' } | { act: 'refuse'; reason: string };

const refuse = (reason: string): Verdict => ({ act: 'refuse', reason });

/**
 * A closed ledger tells the truth for ever, as publishing needs an open one. An open one may be of an earlier day than the
 * account (a table restored to a point in time): then the execution decides, and where it does not, nobody does.
 */
export function verdict({ ledger, recorded, execution, stackId, now }: Facts): Verdict {
  if (ledger.stackId !== undefined && ledger.stackId !== stackId)
    return refuse(`Its ledger is of another stack, ${ledger.stackId}: was the table restored or moved?`);
  if (execution === 'RUNNING' || execution === 'PENDING_REDRIVE') return { act: 'leave' };
  if (now - Date.parse(ledger.dateCreated ?? '') < starting && execution === undefined) return { act: 'leave' };
  const owns = unreleased(ledger).length > 0;
  if (!recorded && owns) return refuse('There is a ledger that owns something, but no image record.');
  if (ledger.closed || isPublished(ledger)) return { act: 'release' };
  if (execution === 'SUCCEEDED')
    return refuse('Its execution succeeded, but its ledger says neither published nor closed: was the table restored?');
  if (execution === undefined && owns)
    return refuse('Step Functions knows no execution of it, but its ledger is open and owns something.');
  return { act: 'release' };
}
