// Registers pipelines and components: validated again here, whoever sends them.
import { environment } from '../shared/aws/environment.ts';
import { logGroups } from '../shared/aws/log-groups.ts';
import { schedules } from '../shared/aws/schedules.ts';
import { putResourcesInputSchema } from '../shared/model/put-resources.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { phase } from '../shared/phase/phase.ts';
import { putResources } from '../shared/phase/put-resources.ts';
import { components } from '../shared/store/components.ts';
import { pipelineHealth } from '../shared/store/pipeline-health.ts';
import { pipelines } from '../shared/store/pipelines.ts';

const store = storeGateways();
const gateways = {
  now: store.now,
  components: components(store.table),
  health: pipelineHealth(store.table),
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  logGroups: logGroups(),
  logRetentionDays: environment.logRetentionDays,
  pipelines: pipelines(store.table),
  schedules: schedules({
    groupName: environment.scheduleGroupName,
    functionArn: environment.startBuildFunctionArn,
    roleArn: environment.scheduleRoleArn,
    deadLetterArn: environment.deadLetterQueueArn,
  }),
  stackName: environment.stackName,
  updateSubjects: store.updateSubjects,
};

export const handler = phase(putResourcesInputSchema, (input) => putResources(gateways, input));
