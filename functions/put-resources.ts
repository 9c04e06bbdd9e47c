// Registers pipelines and what they are made of: validated again here, whoever sends them.
import { environment } from '../shared/aws/environment.ts';
import { logGroups } from '../shared/aws/log-groups.ts';
import { schedules } from '../shared/aws/schedules.ts';
import { putResourcesInputSchema } from '../shared/model/put-resources.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { phase } from '../shared/phase/phase.ts';
import { putResources } from '../shared/phase/put-resources.ts';
import { pipelineHealth } from '../shared/store/pipeline-health.ts';
import { registry } from '../shared/store/registry.ts';
import { rehearsal } from '../shared/store/rehearsal.ts';

const { now, table, updateSubjects } = storeGateways();
const target = {
  groupName: environment.scheduleGroupName,
  roleArn: environment.scheduleRoleArn,
  deadLetterArn: environment.deadLetterQueueArn,
};
const gateways = {
  now,
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  accounts: environment.accounts,
  logGroups: logGroups(),
  logRetentionDays: environment.logRetentionDays,
  schedules: schedules({ ...target, functionArn: environment.startBuildFunctionArn }),
  lifecycleSchedules: schedules({ ...target, functionArn: environment.applyLifecycleFunctionArn }),
  stackName: environment.stackName,
  updateSubjects,
};

/** Rehearsed first, so that a call registers all that it names or nothing. */
export const handler = phase(putResourcesInputSchema, async (input) => {
  const rehearsed = await putResources(
    { ...gateways, ...registry(rehearsal(table)), health: pipelineHealth(table) },
    { ...input, dryRun: true },
  );
  return input.dryRun
    ? rehearsed
    : putResources({ ...gateways, ...registry(table), health: pipelineHealth(table) }, input);
});
