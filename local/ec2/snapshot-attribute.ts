// Which accounts may read a snapshot: what they need to copy an image that is made of it.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { checkId, notFound } from './identifier.ts';
import { list, optional, required, structures } from './input.ts';
import type { SnapshotRecord } from './records.ts';
import type { Ec2 } from './room.ts';

const attribute = 'createVolumePermission';

function ownSnapshot({ records }: Ec2, { accountId, region }: Caller, input: Input): SnapshotRecord {
  const id = checkId('snap', required(input, 'SnapshotId'));
  const snapshot = records.snapshots[id];
  if (!snapshot || snapshot.region !== region) throw notFound('snap', [id]);
  if (snapshot.accountId !== accountId) throw new AwsError('AuthFailure', `Not authorized for snapshot:${id}`);
  if ((optional(input, 'Attribute') ?? attribute) === attribute) return snapshot;
  throw new AwsError(
    'InvalidParameterValue',
    `The local cloud does not know the attribute '${input.Attribute}': ${attribute}`,
  );
}

/** Both forms of the request: CreateVolumePermission.Add.n, or OperationType with a list of users. */
function users(input: Input, verb: 'Add' | 'Remove'): string[] {
  const permissions = structures(input.CreateVolumePermission ?? {}, verb);
  const listed = optional(input, 'OperationType') === verb.toLowerCase() ? list(input, 'UserId') : [];
  const groups = [...permissions.map(({ Group }) => Group), ...list(input, 'UserGroup')].filter((group) => group);
  if (groups.length > 0)
    throw new AwsError('UnsupportedOperation', 'The local cloud shares snapshots with accounts, not with groups.');
  return [...permissions.map(({ UserId }) => String(UserId)), ...listed].map((id) => {
    if (/^\d{12}$/.test(id)) return id;
    throw new AwsError('InvalidUserID.Malformed', `Invalid user id: "${id}" (expected an account of twelve digits)`);
  });
}

export function snapshotAttributeOperations(ec2: Ec2): Record<string, Operation> {
  return {
    ModifySnapshotAttribute(input, caller) {
      const snapshot = ownSnapshot(ec2, caller, input);
      const [added, removed] = [users(input, 'Add'), users(input, 'Remove')];
      if (added.length + removed.length === 0)
        throw new AwsError('InvalidParameterCombination', 'No attributes specified: CreateVolumePermission is needed.');
      // EBS user guide, share a snapshot: what the default key encrypts cannot be shared.
      if (added.length > 0 && snapshot.encrypted && snapshot.kmsKeyId === undefined)
        throw new AwsError(
          'InvalidParameter',
          `Snapshot ${snapshot.snapshotId} is encrypted with the default key of EBS and cannot be shared.`,
        );
      const kept = (snapshot.users ?? []).filter((user) => !removed.includes(user));
      snapshot.users = [...new Set([...kept, ...added])];
      ec2.records.save();
      return { return: true };
    },
    DescribeSnapshotAttribute(input, caller) {
      const { snapshotId, users: readers = [] } = ownSnapshot(ec2, caller, input);
      return { snapshotId, createVolumePermission: readers.map((userId) => ({ userId })) };
    },
  };
}

/** Whether an account may read a snapshot. */
export const mayRead = ({ accountId: owner, users: readers = [] }: SnapshotRecord, accountId: string) =>
  owner === accountId || readers.includes(accountId);
