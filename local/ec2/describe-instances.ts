// DescribeInstances and DescribeInstanceStatus.
import type { Caller, Input } from '../service.ts';
import { type FilterValues, filtered } from './filter.ts';
import { checkId, notFound } from './identifier.ts';
import { flag, list, page } from './input.ts';
import { reservation, stateView } from './instance-view.ts';
import type { InstanceRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { tagsOf } from './tags.ts';

const values: FilterValues<InstanceRecord> = {
  'instance-id': (instance) => [instance.instanceId],
  'instance-state-name': (instance) => [instance.state],
  'instance-state-code': (instance) => [String(stateView(instance.state).code)],
  'instance-type': (instance) => [instance.instanceType],
  'image-id': (instance) => [instance.imageId],
  'client-token': (instance) => [instance.clientToken],
  'reservation-id': (instance) => [instance.reservationId],
  'owner-id': (instance) => [instance.accountId],
  'availability-zone': (instance) => [instance.zone],
  'subnet-id': (instance) => [instance.subnetId],
  'vpc-id': (instance) => [instance.vpcId],
  architecture: (instance) => [instance.architecture],
  'iam-instance-profile.arn': (instance) => [instance.instanceProfile?.arn],
};

/** The caller's instances, or just those named, each of which must exist. */
export function findInstances(ec2: Ec2, caller: Caller, ids: string[]): InstanceRecord[] {
  const mine = Object.values(ec2.records.instances).filter(
    (instance) => instance.accountId === caller.accountId && instance.region === caller.region,
  );
  if (ids.length === 0) return mine;
  for (const id of ids) checkId('i', id);
  const missing = ids.filter((id) => !mine.some((instance) => instance.instanceId === id));
  if (missing.length > 0) throw notFound('i', missing);
  return mine.filter((instance) => ids.includes(instance.instanceId));
}

export function describeInstances(ec2: Ec2, input: Input, caller: Caller): unknown {
  const all = findInstances(ec2, caller, list(input, 'InstanceId'));
  const tags = (instance: InstanceRecord) => tagsOf(ec2, instance.accountId, instance.instanceId);
  const { items, nextToken } = page(filtered(all, input, values, tags), input);
  const reservationIds = [...new Set(items.map((instance) => instance.reservationId))];
  return {
    reservationSet: reservationIds.map((id) =>
      reservation(
        ec2,
        caller,
        id,
        items.filter((instance) => instance.reservationId === id),
      ),
    ),
    nextToken,
  };
}

export function describeInstanceStatus(ec2: Ec2, input: Input, caller: Caller): unknown {
  const all = findInstances(ec2, caller, list(input, 'InstanceId'));
  const shown = all.filter((instance) => instance.state === 'running' || flag(input, 'IncludeAllInstances'));
  const { items, nextToken } = page(filtered(shown, input, values), input);
  return {
    instanceStatusSet: items.map((instance) => {
      const status = { status: instance.state === 'running' ? 'ok' : 'not-applicable' };
      return {
        instanceId: instance.instanceId,
        availabilityZone: instance.zone,
        instanceState: stateView(instance.state),
        instanceStatus: status,
        systemStatus: status,
      };
    }),
    nextToken,
  };
}
