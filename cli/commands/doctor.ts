// `doctor`: checks a stack with the user's own credentials, and says what to do.
import { imageTable } from '../aws/image-table.ts';
import { checkQuotas, checkSweep } from '../doctor/account-checks.ts';
import { checkInstanceProfile, checkNetwork } from '../doctor/agent-checks.ts';
import { examine, type Finding, type Status } from '../doctor/finding.ts';
import { checkDeadLetters, checkRegions, checkRules, checkTopics } from '../doctor/message-checks.ts';
import { findPatient } from '../doctor/patient.ts';
import { checkFunctions, checkStack } from '../doctor/stack-checks.ts';
import { checkTargetAccounts } from '../doctor/target-account-checks.ts';
import { processOutput } from '../output.ts';
import { type StackOptions, stackCommand, withConnection } from '../session.ts';

export type DoctorOptions = StackOptions & { subnets?: string[]; output: 'text' | 'json' };

/** Exit code 1 where a check failed. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const output = processOutput('json');
  const findings = await withConnection(options, output, async (connection, stage) => {
    const patient = await findPatient(connection, stage);
    const table = imageTable(connection, patient.outputs.get('TableName') ?? '');
    const checks: Promise<Finding[]>[] = [
      examine('stack', () => checkStack(patient)),
      examine('functions', () => checkFunctions(patient)),
      examine('instance profile', () => checkInstanceProfile(patient)),
      examine('network', () => checkNetwork(patient, options.subnets ?? [])),
      examine('quotas', () => checkQuotas(patient)),
      examine('rules', () => checkRules(patient)),
      examine('regions', () => checkRegions(patient, table)),
      examine('target accounts', () => checkTargetAccounts(patient, table)),
      examine('topics', () => checkTopics(patient)),
      examine('dead letters', () => checkDeadLetters(patient)),
      examine('sweep', () => checkSweep(table, { now: Date.now(), command: (name) => stackCommand(name, options) })),
    ];
    return (await Promise.all(checks)).flat();
  });
  if (options.output === 'json') output.json({ findings, counts: counts(findings) });
  else report(findings).forEach(output.out);
  return findings.some(({ status }) => status === 'fail') ? 1 : 0;
}

function counts(findings: Finding[]): Record<Status, number> {
  const of = (wanted: Status) => findings.filter(({ status }) => status === wanted).length;
  return { ok: of('ok'), warn: of('warn'), fail: of('fail'), unknown: of('unknown') };
}

function report(findings: Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, said, todo }) => [
    `${status.padEnd(7)}  ${check.padEnd(width)}  ${said}`,
    ...(todo ? [`${' '.repeat(width + 11)}→ ${todo}`] : []),
  ]);
  const { ok, warn, fail, unknown } = counts(findings);
  return [...lines, '', `${ok} ok, ${warn} to be looked at, ${fail} failed, ${unknown} could not be checked.`];
}
