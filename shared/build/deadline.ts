// How long each wait may last, and the error that says so.
import { DeadlineError } from '../errors.ts';
import type { Entry } from './ledger.ts';

const minute = 60_000;
const hour = 60 * minute;

/**
 * Milliseconds. CreateImage can take up to 24 hours (EC2 user guide, creating an EBS-backed AMI). An agent pings every 5
 * minutes (amazon-ssm-agent, HealthFrequencyMinutes), and is away while its machine reboots.
 */
export const limits = {
  launch: 20 * minute,
  agent: 15 * minute,
  stop: 20 * minute,
  silence: 30 * minute,
  image: 26 * hour,
  export: 24 * hour,
};

/** Seconds in which Run Command is to deliver a command. */
export const deliverySeconds = 600;

/** Seconds that Run Command gives one run of a script at most (AWS-RunShellScript, executionTimeout). */
const longestExecution = 48 * 60 * 60;

/** Seconds one run of a command's script may take: what its own time-outs allow (`seconds`), and no more than `most`. */
export const executionTimeout = (seconds = longestExecution, most = longestExecution) =>
  Math.ceil(Math.min(seconds, most, longestExecution));

/** Milliseconds from its first note after which a command has ended, or Systems Manager would have ended it: the agent may be late, and so may the news. */
export const commandLimit = (executionSeconds: number) =>
  limits.agent + (executionSeconds + deliverySeconds) * 1000 + 15 * minute;

/** Throws DeadlineError when an entry was first noted longer than `limit` milliseconds ago; `advice` is a sentence. */
export function assertInTime({ since }: Pick<Entry, 'since'>, limit: number, now: number, what: string, advice = '') {
  if (now - since <= limit) return;
  throw new DeadlineError(`${what} did not happen within ${Math.round(limit / minute)} minutes. ${advice}`.trimEnd());
}
