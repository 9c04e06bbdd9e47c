// Deletes registered resources that nobody refers to any more.
import { environment } from '../shared/aws/environment.ts';
import { schedules as schedulesOf } from '../shared/aws/schedules.ts';
import { lifecycleScheduleName } from '../shared/build/lifecycle-schedule.ts';
import { scheduleName } from '../shared/build/pipeline-schedule.ts';
import { deleteResourcesInputSchema } from '../shared/model/delete-resources.ts';
import { deleteResources } from '../shared/phase/delete-resources.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { phase } from '../shared/phase/phase.ts';
import { kinds } from '../shared/store/kinds.ts';
import { registry } from '../shared/store/registry.ts';

const { images, table } = storeGateways();
const schedules = schedulesOf({
  groupName: environment.scheduleGroupName,
  functionArn: environment.startBuildFunctionArn,
  roleArn: environment.scheduleRoleArn,
  deadLetterArn: environment.deadLetterQueueArn,
});
const gateways = {
  ...registry(table),
  images,
  kinds: kinds(table),
  home: { partition: environment.partition, region: environment.region, accountId: environment.accountId },
  unschedule: async (name: string) => void (await schedules.remove(scheduleName(name))),
  unscheduleLifecycle: async (name: string) => void (await schedules.remove(lifecycleScheduleName(name))),
};

export const handler = phase(deleteResourcesInputSchema, (input) => deleteResources(gateways, input));
