// How much may be copied to one region at once, as EC2 and EBS limit it, and how much was: for tests and measurements.
import { AwsError, type Caller } from '../service.ts';
import type { Ec2 } from './room.ts';

/**
 * By account and destination region: 20 snapshots (EBS user guide, quotas) and 300 AMIs (EC2 user guide, how AMI copy works).
 * CopyImage's bucket of calls is with the others in ../throttling.
 */
export type CopyLimits = { snapshots: number; images: number };

export const defaultCopyLimits: CopyLimits = { snapshots: 20, images: 300 };

/** What one destination has seen. `refused`: CopyImage calls beyond a limit. `snapshots` and `images`: the most at a time. */
export type CopyTally = { copies: number; refused: number; snapshots: number; images: number };

function tallyOf({ copies }: Ec2, { accountId, region }: Caller): CopyTally {
  const destination = `${accountId} ${region}`;
  const tally = copies[destination] ?? { copies: 0, refused: 0, snapshots: 0, images: 0 };
  copies[destination] = tally;
  return tally;
}

/** What is being copied to the caller's region: a copy says so by its token or its source, and its snapshots are pending with it. */
function underWay({ records }: Ec2, { accountId, region }: Caller) {
  const copies = Object.values(records.images).filter(
    (image) =>
      image.accountId === accountId &&
      image.region === region &&
      image.state === 'pending' &&
      image.sourceInstanceId === undefined,
  );
  return { images: copies.length, snapshots: copies.reduce((sum, image) => sum + image.blockDevices.length, 0) };
}

/** The words of the snapshots' limit are EC2's; those of the AMIs' are not known, nor is its code. */
export function refuseBeyondLimits(ec2: Ec2, caller: Caller, snapshots: number): void {
  const { copyLimits } = ec2.settings;
  const now = underWay(ec2, caller);
  const [kind, limit] =
    now.snapshots + snapshots > copyLimits.snapshots
      ? ['snapshot', copyLimits.snapshots]
      : now.images + 1 > copyLimits.images
        ? ['AMI', copyLimits.images]
        : [];
  if (kind === undefined) return;
  tallyOf(ec2, caller).refused += 1;
  throw new AwsError(
    'ResourceLimitExceeded',
    `Too many ${kind} copies in progress. The limit is ${limit} for this destination region.`,
  );
}

/** Once a copy has begun. */
export function countCopies(ec2: Ec2, caller: Caller): void {
  const tally = tallyOf(ec2, caller);
  const { snapshots, images } = underWay(ec2, caller);
  tally.copies += 1;
  tally.snapshots = Math.max(tally.snapshots, snapshots);
  tally.images = Math.max(tally.images, images);
}
