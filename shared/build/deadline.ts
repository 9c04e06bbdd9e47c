// How long each wait may last, and the error that says so.
import { DeadlineError } from '../errors.ts';
import type { Entry } from './ledger.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Milliseconds. CreateImage can take up to 24 hours (EC2 user guide, creating an EBS-backed AMI); Run Command ends a script after 48 h at most. */
export const limits = {
  launch: 20 * minute,
  agent: 15 * minute,
  stop: 20 * minute,
  command: 48 * hour,
  image: 26 * hour,
  copy: 72 * hour,
};

/** Throws DeadlineError when an entry was first noted longer than `limit` milliseconds ago; `advice` is a sentence. */
export function assertInTime({ since }: Pick<Entry, 'since'>, limit: number, now: number, what: string, advice = '') {
  if (now - since <= limit) return;
  throw new DeadlineError(`${what} did not happen within ${Math.round(limit / minute)} minutes. ${advice}`.trimEnd());
}
