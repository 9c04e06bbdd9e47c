// Whether images of an account may become public in a region. A new account blocks it at AWS; here it is open until it is blocked.
import { AwsError, type Caller, type Operation } from '../service.ts';
import { required } from './input.ts';
import type { Ec2 } from './room.ts';

const blocked = 'block-new-sharing';
const keyOf = ({ accountId, region }: Caller) => `${accountId} ${region}`;

const isBlocked = (ec2: Ec2, caller: Caller) => ec2.records.publicAccessBlocks.includes(keyOf(caller));

/** Throws where no image may become public. */
export function assertMayBePublic(ec2: Ec2, caller: Caller): void {
  if (!isBlocked(ec2, caller)) return;
  throw new AwsError(
    'OperationNotPermitted',
    'You can’t publicly share this image because block public access for AMIs is enabled in this account and Region.',
  );
}

export function publicAccessOperations(ec2: Ec2): Record<string, Operation> {
  const set = (caller: Caller, block: boolean) => {
    const others = ec2.records.publicAccessBlocks.filter((one) => one !== keyOf(caller));
    ec2.records.publicAccessBlocks = block ? [...others, keyOf(caller)] : others;
    ec2.records.save();
  };
  return {
    GetImageBlockPublicAccessState: (_, caller) => ({
      imageBlockPublicAccessState: isBlocked(ec2, caller) ? blocked : 'unblocked',
      managedBy: 'account',
    }),
    EnableImageBlockPublicAccess(input, caller) {
      const asked = required(input, 'ImageBlockPublicAccessState');
      if (asked !== blocked)
        throw new AwsError(
          'InvalidParameterValue',
          `Value (${asked}) for parameter ImageBlockPublicAccessState is invalid.`,
        );
      set(caller, true);
      return { imageBlockPublicAccessState: blocked };
    },
    DisableImageBlockPublicAccess(_, caller) {
      set(caller, false);
      return { imageBlockPublicAccessState: 'unblocked' };
    },
  };
}
