// The one door to builds: by hand, by schedules, package updates and dependencies, and when a build ends for those that waited.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { executions } from '../shared/aws/executions.ts';
import { notices } from '../shared/aws/notices.ts';
import { parameters } from '../shared/aws/parameters.ts';
import { channelChange } from '../shared/model/start-build.ts';
import { channelChanged } from '../shared/phase/channel-changed.ts';
import { now, perRegion, storeGateways } from '../shared/phase/gateways.ts';
import { defaultSchedule, imageEnded } from '../shared/phase/image-ended.ts';
import { startBuildInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { requestBuild } from '../shared/phase/request-build.ts';
import { buildNumbers } from '../shared/store/build-numbers.ts';
import { buildQueue } from '../shared/store/build-queue.ts';
import { pipelineHealth } from '../shared/store/pipeline-health.ts';
import { registry } from '../shared/store/registry.ts';
import { runs } from '../shared/store/runs.ts';

const store = storeGateways();
const gateways = {
  ...store,
  ...registry(store.table),
  amis: perRegion(amisOf),
  buildNumbers: buildNumbers(store.table, now),
  executions: executions(),
  health: pipelineHealth(store.table),
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  notices: notices(environment.eventBusName),
  parameters: parameters(),
  queue: buildQueue(store.table),
  runs: runs(store.table, now),
  stackId: environment.stackId,
  stackName: environment.stackName,
  stateMachineArn: environment.stateMachineArn,
};

export const handler = phase(startBuildInput, async (asked, lambda) => {
  if ('default' in asked) return await defaultSchedule(gateways, asked.scheduledTime, lambda);
  if (!('detail-type' in asked)) return await requestBuild(gateways, asked, lambda);
  if ('resources' in asked) return await imageEnded(gateways, asked.resources[0], lambda);
  if (asked['detail-type'] === channelChange) return await channelChanged(gateways, asked.detail, lambda);
  // An event that is delivered twice has one id.
  return await requestBuild(gateways, { clientToken: `event ${asked.id}`, ...asked.detail }, lambda);
});
