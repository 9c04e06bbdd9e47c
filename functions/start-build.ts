// Starts one build of a pipeline: by hand, and later by schedules and package updates.
import { environment } from '../shared/aws/environment.ts';
import { executions } from '../shared/aws/executions.ts';
import { now, storeGateways } from '../shared/phase/gateways.ts';
import { startBuildInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { startBuild } from '../shared/phase/start-build.ts';
import { buildNumbers } from '../shared/store/build-numbers.ts';
import { pipelines } from '../shared/store/pipelines.ts';

const store = storeGateways();
const gateways = {
  ...store,
  buildNumbers: buildNumbers(store.table, now),
  executions: executions(),
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  pipelines: pipelines(store.table),
  stackId: environment.stackId,
  stackName: environment.stackName,
  stateMachineArn: environment.stateMachineArn,
};

export const handler = phase(startBuildInput, (input) => startBuild(gateways, input));
