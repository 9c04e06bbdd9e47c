// `lifecycle`: policies that are registered, what they would do and do, and what they have done.
import { processOutput } from '../output.ts';
import { columns } from '../report/columns.ts';
import { lifecycleLines, wentWell } from '../report/lifecycle-report.ts';
import type { StackOptions } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { inStack, missing, named, type RegistryOptions, show, showWhole } from './registry.ts';

const type = 'lifecycle-policy';

export async function listPolicies(options: RegistryOptions): Promise<number> {
  const found = await inStack(options, async ({ registry }) =>
    (await Promise.all((await registry.names(type)).map(registry.lifecyclePolicy))).filter((one) => one !== undefined),
  );
  const list = found.map(({ name, policy, dateUpdated }) => {
    const actions = policy.policyDetails.map(({ action }) => action.type);
    const { schedule } = policy;
    const when = schedule === undefined ? 'daily' : schedule === 'manual' ? 'by hand' : schedule.scheduleExpression;
    return { name, status: policy.status, actions, when, dateUpdated };
  });
  show(options, list, () =>
    list.length === 0
      ? ['There are no lifecycle policies yet.']
      : columns(list.map((one) => [one.name, one.status, one.actions.join(', '), one.when, one.dateUpdated])),
  );
  return 0;
}

export async function showPolicy(reference: string, options: RegistryOptions): Promise<number> {
  const found = await inStack(options, ({ registry }) => registry.lifecyclePolicy(named(type, reference)));
  if (!found) throw missing(type, reference);
  const { name, description, policy, dateUpdated } = found;
  await showWhole(options, { name, ...(description && { description }), ...policy, dateUpdated });
  return 0;
}

export type ApplyPoliciesOptions = StackOptions & { dryRun?: boolean; output: 'text' | 'json' };

/** Each policy in a call of its own, so that the time of a function is that of one policy. */
export async function applyPolicies(reference: string | undefined, options: ApplyPoliciesOptions): Promise<number> {
  const output = processOutput('json');
  const { dryRun = false } = options;
  const reports = await inStack(options, async ({ registry, applyLifecycle }) => {
    const names = reference === undefined ? await registry.names(type) : [named(type, reference)];
    const all = [];
    for (const policy of names) {
      // Who names a policy may mean one that is disabled.
      const found = reference === undefined ? await registry.lifecyclePolicy(policy) : undefined;
      if (reference === undefined && found?.policy.status !== 'ENABLED') continue;
      all.push(...(await applyLifecycle({ policy, dryRun })));
    }
    return all;
  });
  if (options.output === 'json') output.json(reports);
  else if (reports.length === 0) output.out('There are no enabled lifecycle policies.');
  else reports.flatMap(lifecycleLines).forEach(output.out);
  return reports.every(wentWell) ? 0 : 1;
}

export async function listLifecycleRuns(
  reference: string,
  { limit, ...options }: RegistryOptions & { limit: number },
): Promise<number> {
  const name = named(type, reference);
  const runs = await inStack(options, ({ newestLifecycleRuns }) => newestLifecycleRuns(name, limit));
  show(options, runs, () =>
    runs.length === 0
      ? [`The lifecycle policy ${printable(name)} has no runs yet.`]
      : columns(
          runs.map(({ time, trigger, status, counts, problems }) => [
            ...[time, trigger, status],
            `${counts.deprecated} deprecated, ${counts.disabled} disabled, ${counts.deleted} deleted, ${counts.failed} failed`,
            printable(problems[0] ?? ''),
          ]),
        ),
  );
  return 0;
}
