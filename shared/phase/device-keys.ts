// Under which keys the AMI is that a plan begins with: DescribeImages tells that devices are encrypted, and only their snapshots say with what.
import type { AmisAt } from '../aws/amis.ts';
import type { Plan } from '../build/plan.ts';
import { isShared } from '../build/sharing.ts';

/**
 * The plan with the keys of the AMI's devices, where others are to have what is made of it. Only snapshots of the own account
 * are asked: what others share comes under the account's own key when it is launched (EC2 user guide, use encryption with EBS-backed AMIs).
 */
export async function withDeviceKeys({ amis }: { amis: AmisAt }, plan: Plan): Promise<Plan> {
  const ids = plan.parentDevices.flatMap(({ snapshotId }) => snapshotId ?? []);
  if (ids.length === 0 || !plan.distributions.some(isShared)) return plan;
  const snapshots = await amis(plan.homeRegion).snapshotsOf([{ Name: 'snapshot-id', Values: ids }]);
  const keys = new Map(snapshots.map(({ id, key }) => [id, key]));
  const parentDevices = plan.parentDevices.map((device) => {
    const kmsKeyId = keys.get(device.snapshotId ?? '');
    return { ...device, ...(kmsKeyId && { kmsKeyId }) };
  });
  return { ...plan, parentDevices };
}
