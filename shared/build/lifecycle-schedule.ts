// The schedule that a lifecycle policy wants of EventBridge Scheduler.

import type { LifecyclePolicy } from '../model/lifecycle-policy-schema.ts';
import { normalisedName } from '../model/names.ts';
import { type Standing, shortened, wantedTimes } from './wanted-schedule.ts';

/** Apart from those of pipelines by a dot, which names of pipelines do not have. */
export const lifecycleScheduleName = (policy: string) => shortened(`lifecycle.${normalisedName(policy)}`);

/** Undefined for a policy without a schedule of its own. `before` is the schedule as it stands, `now` epoch milliseconds. */
export function lifecycleSchedule(
  name: string,
  policy: Pick<LifecyclePolicy, 'schedule' | 'status'>,
  before: Standing,
  now: number,
) {
  const times = wantedTimes(policy, before, now);
  return (
    times && {
      ...times,
      name: lifecycleScheduleName(name),
      description: `Applies the lifecycle policy ${name}`,
      input: { policy: name, trigger: 'schedule' },
    }
  );
}
