// One check of a setting, and what all of them came to.
import type { AccountCredentials } from '../../aws/account-credentials.ts';
import type { AmiSettings } from '../../aws/ami-settings.ts';
import type { AmisAt } from '../../aws/amis.ts';
import type { Buckets } from '../../aws/buckets.ts';
import type { Keys } from '../../aws/keys.ts';
import type { LaunchTemplates } from '../../aws/launch-templates.ts';
import type { PublishedParameters } from '../../aws/published-parameters.ts';
import type { Regions } from '../../aws/regions.ts';
import type { Roles } from '../../aws/roles.ts';
import { retriedErrors } from '../../build/outcome.ts';
import { errorNames } from '../../errors.ts';
import type { DistributionProblem } from '../../model/preflight.ts';
import type { Channels } from '../../store/channels.ts';

/** What is asked, by region and account (the stack's own where left out). */
export type Asking = {
  /** Proves that the functions are let into an account. */
  enter(account: string): Promise<AccountCredentials>;
  amis: AmisAt;
  amiSettings(region: string, account?: string): AmiSettings;
  buckets(region: string): Buckets;
  channels: Pick<Channels, 'read'>;
  keys(region: string, account?: string): Keys;
  launchTemplates(region: string, account?: string): LaunchTemplates;
  publishedParameters(region: string, account?: string): PublishedParameters;
  regions(region: string, account?: string): Regions;
  roles: Roles;
  stackName: string;
};

export type Check = {
  region: string;
  account?: string;
  /** Its key in the pipeline file. */
  setting: string;
  /** Why the build would fail of it; undefined where nothing is known against it. */
  problem(): Promise<string | undefined>;
  /** What of other checks says nothing once this one has failed: those of its account, or of its region in that account. */
  covers?: 'account' | 'region';
  /** What it says does not keep the build from coming about. */
  warns?: boolean;
  /** Where the build needs the very permission that the check does, a refusal is a problem; `advice` says what to do. */
  needed?: { advice?: string };
};

export type Findings = {
  problems: DistributionProblem[];
  unchecked: DistributionProblem[];
  warnings: DistributionProblem[];
};

type Result = { check: Check; said?: string; error?: Error };

/** All at the same time, told in the order of the checks. Throws what may pass by itself, once every check has come to rest, and what is no answer of AWS. */
export async function findingsOf(checks: Check[]): Promise<Findings> {
  const results = await Promise.all(checks.map(look));
  const covering = results.filter((result) => result.check.covers && isProblem(result));
  const heard = results.filter(({ check }) => !covering.some((over) => covers(over.check, check)));
  for (const { error } of heard) if (error && !isLasting(error)) throw error;
  const told = (those: Result[]) => those.map(problemOf);
  return {
    problems: told(heard.filter(isProblem)),
    unchecked: told(heard.filter((result) => result.error && !isProblem(result))),
    warnings: told(heard.filter(({ check, said }) => check.warns && said !== undefined)),
  };
}

async function look(check: Check): Promise<Result> {
  try {
    const said = await check.problem();
    return { check, ...(said && { said }) };
  } catch (error) {
    return { check, error: error as Error };
  }
}

/** An error that trying again does not help, and an answer of AWS, not a fault of ours. */
const isLasting = ({ name }: Error) => (errorNames as string[]).includes(name) && !retriedErrors.includes(name);

const isRefusal = (error: Error | undefined) => error?.name === 'AccessDeniedError';

const isProblem = ({ check, said, error }: Result) =>
  !check.warns &&
  (said !== undefined ||
    (error !== undefined && isLasting(error) && (check.needed !== undefined || !isRefusal(error))));

const covers = (over: Check, check: Check) =>
  over !== check &&
  over.account === check.account &&
  (over.covers === 'account' || (over.region === check.region && check.covers !== 'account'));

function problemOf({ check, said, error }: Result): DistributionProblem {
  const { region, account, setting, needed } = check;
  const message = said ?? [error!.message, ...(isRefusal(error) && needed?.advice ? [needed.advice] : [])].join(' ');
  return { region, ...(account && { account }), setting, message };
}
