// Whether an image can be deregistered at all: protection, and the day after it was switched off.
import { AwsError, type Operation } from '../service.ts';
import { flag, required } from './input.ts';
import type { ImageRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { ownImage } from './snapshot.ts';

const day = 24 * 60 * 60 * 1000;

/** As DescribeImages tells it. */
export const protectionOf = ({ protection }: ImageRecord): string =>
  protection?.enabled ? `enabled-${protection.cooldown ? 'with' : 'without'}-cooldown` : 'disabled';

/** Throws where the image is protected, or was until a day ago with cooldown. */
export function assertUnprotected({ imageId, protection }: ImageRecord, now: number): void {
  if (protection === undefined) return;
  if (!protection.enabled && !(protection.cooldown && now < (protection.disabledAt ?? 0) + day)) return;
  throw new AwsError(
    'OperationNotPermitted',
    `The image ${imageId} is protected from deregistration${protection.enabled ? '' : ' for 24 hours after the protection was disabled'}.`,
  );
}

export function protectionOperations(ec2: Ec2): Record<string, Operation> {
  return {
    EnableImageDeregistrationProtection(input, caller) {
      const image = ownImage(ec2, caller, required(input, 'ImageId'));
      image.protection = { enabled: true, cooldown: flag(input, 'WithCooldown') };
      ec2.records.save();
      return { return: 'true' };
    },
    DisableImageDeregistrationProtection(input, caller) {
      const image = ownImage(ec2, caller, required(input, 'ImageId'));
      const { cooldown = false, enabled = false } = image.protection ?? {};
      if (enabled) image.protection = { enabled: false, cooldown, disabledAt: ec2.cloud.clock.now() };
      ec2.records.save();
      return { return: 'true' };
    },
  };
}
