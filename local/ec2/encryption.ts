// What the account says of new volumes (they are not encrypted by default, as in an account that was left as it came), and with which keys EBS encrypts.
import type { KeyProblem } from '../kms/ebs-keys.ts';
import { AwsError, type Caller, type Operation } from '../service.ts';
import type { ImageRecord, Scope } from './records.ts';
import type { Ec2 } from './room.ts';

export const encryptionOperations: Record<string, Operation> = {
  GetEbsEncryptionByDefault: () => ({ ebsEncryptionByDefault: false }),
  GetEbsDefaultKmsKeyId: () => ({ kmsKeyId: 'alias/aws/ebs' }),
};

const isDefaultName = (key: string | undefined) => key === undefined || /(?:^|:)alias\/aws\/ebs$/.test(key);

/** A key as records hold it: a customer's by ARN, the key of EBS itself as none. */
export function customerKey({ keys }: Ec2, name: string | undefined, scope: Scope): string | undefined {
  if (keys) return keys.customerKey(name, scope);
  return isDefaultName(name) ? undefined : name;
}

/** What the first of these keys says that EBS may not use for the caller. EC2 answers all the same, and what it makes fails (API reference, CopyImage). */
export function keyProblem({ keys }: Ec2, names: (string | undefined)[], caller: Caller): KeyProblem | undefined {
  for (const name of new Set(names)) {
    const problem = name === undefined ? undefined : keys?.problem(name, caller);
    if (problem) return problem;
  }
  return undefined;
}

/** What is under the key of EBS itself is shared with nobody, and what is encrypted not with everybody (EC2 user guide, sharing AMIs). */
export function assertShareable({ records }: Ec2, image: ImageRecord, withAll: boolean): void {
  for (const { snapshotId, encrypted } of image.blockDevices) {
    if (!encrypted || (!withAll && records.snapshots[snapshotId]?.kmsKeyId !== undefined)) continue;
    const why = withAll ? 'cannot be shared publicly' : 'with the default key of EBS, and cannot be shared';
    throw new AwsError('InvalidParameter', `Snapshot ${snapshotId} is encrypted ${why}.`);
  }
}
