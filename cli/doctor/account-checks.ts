// What the account allows, and what the last sweep said.
import { attempt } from '../aws/attempt.ts';
import type { ImageTable } from '../aws/image-table.ts';
import { isClean } from '../report/sweep-report.ts';
import { type Finding, fail, ok, unknown, warn } from './finding.ts';
import type { Patient } from './patient.ts';

type Said = Omit<Finding, 'check'>[];

/** "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", in vCPUs (Service Quotas, EC2). */
const standardInstances = 'L-1216C47A';

/** Two instances of two vCPUs, the smallest that pipelines use by default, at once. */
const enough = 4;

export async function checkQuotas({ connection, region }: Patient): Promise<Said> {
  const { ServiceQuotasClient, GetServiceQuotaCommand } = await import('@aws-sdk/client-service-quotas');
  const client = new ServiceQuotasClient(connection);
  try {
    const { Quota } = await attempt(`read the vCPU quota of ${region}`, () =>
      client.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: standardInstances })),
    );
    const value = Quota?.Value ?? 0;
    const known =
      value >= enough
        ? ok(`${value} vCPUs of standard instances may run in ${region}.`)
        : fail(
            `Only ${value} vCPUs of standard instances may run in ${region}.`,
            `Ask for more: Service Quotas, ec2, ${standardInstances}.`,
          );
    return [
      known,
      unknown(
        'Not readable by any API: request rates of EC2, concurrent AMI copies (300 for each destination region).',
        'The alarm on throttles tells when they are met.',
      ),
    ];
  } finally {
    client.destroy();
  }
}

const hour = 3_600_000;

/** `command` tells how a user types a command for this stack. */
export async function checkSweep(
  table: ImageTable,
  { now, command }: { now: number; command(name: string): string },
): Promise<Said> {
  const report = await table.readSweepReport();
  const run = `\`${command('sweep')}\``;
  if (!report) return [warn('No sweep has run yet.', `It does every hour; or run one: ${run}`)];
  const age = now - Date.parse(report.ended);
  const said: Said = [];
  if (age > 3 * hour)
    said.push(
      fail(
        `The last sweep ended at ${report.ended}.`,
        'It should run every hour: see the rule SweepRule and the log of the function.',
      ),
    );
  const { counts } = report;
  if (counts.leftovers > 0)
    said.push(fail(`${counts.leftovers} resources could not be released.`, `${run} says which and why.`));
  if (counts.refused + report.problems.length > 0)
    said.push(
      fail(
        `${counts.refused} ledgers contradict AWS, ${report.problems.length} looks failed.`,
        `${run} says which and why.`,
      ),
    );
  if (counts.orphans > 0)
    said.push(
      warn(
        `${counts.orphans} resources bear this stack's tag and no ledger knows them.`,
        `\`${command('resources')}\` lists them; nothing deletes them.`,
      ),
    );
  if (!report.complete) said.push(warn('The last sweep did not see everything in its time.', `Run one more: ${run}`));
  return said.length === 0 && isClean(report) ? [ok(`The last sweep, of ${report.ended}, found nothing amiss.`)] : said;
}
