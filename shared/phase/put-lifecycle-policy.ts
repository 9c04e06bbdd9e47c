// Registers a lifecycle policy with the time at which it is applied.
import type { Schedules } from '../aws/schedules.ts';
import { contentHash } from '../build/content-hash.ts';
import { lifecycleSchedule, lifecycleScheduleName } from '../build/lifecycle-schedule.ts';
import { assertFires } from '../build/wanted-schedule.ts';
import { resourceArn } from '../model/arns.ts';
import type { PutResourcesInput, ResourceChange } from '../model/put-resources.ts';
import type { LifecyclePolicies } from '../store/lifecycle-policies.ts';
import { isoNow, type Registering } from './registering.ts';

export type RegisteringPolicies = Pick<Registering, 'home' | 'now'> & {
  lifecyclePolicies: LifecyclePolicies;
  lifecycleSchedules: Schedules;
};

/** With `dryRun` the store is that of a rehearsal, and the schedule is left alone. */
export async function putLifecyclePolicy(
  registering: RegisteringPolicies,
  { name, description, configuration: policy }: PutResourcesInput['lifecyclePolicies'][number],
  dryRun: boolean,
): Promise<ResourceChange> {
  const { home, lifecyclePolicies, lifecycleSchedules, now } = registering;
  const hash = contentHash({ description, policy });
  if ((await lifecyclePolicies.find(name))?.hash !== hash) assertFires(policy, `lifecycle policy ${name}`, now());
  const change = await lifecyclePolicies.put({ name, description, policy, hash, dateUpdated: isoNow(registering) });
  if (!dryRun) {
    const scheduleName = lifecycleScheduleName(name);
    const before = await lifecycleSchedules.find(scheduleName);
    const wanted = lifecycleSchedule(name, policy, before, now());
    if (wanted) await lifecycleSchedules.put(wanted);
    else if (before) await lifecycleSchedules.remove(scheduleName);
  }
  return { type: 'lifecycle-policy', name, arn: resourceArn(home, 'lifecycle-policy', name), change };
}
