// Faults on request that only EC2 has: of launches by type and subnet, so that capacity can be tried out, and of images that fail late.
import { type Fault, faultError, takeFault } from '../fault.ts';
import type { Caller, Input } from '../service.ts';
import type { Scope } from './records.ts';

export type Refusal = Fault & {
  instanceType?: string;
  subnetId?: string;
  /** For CreateImage and CopyImage: the call is answered, and the image that it makes fails at the end of its pending time. */
  late?: boolean;
};

/** Throws the first refusal that fits the call; InsufficientInstanceCapacity is a 500 at AWS too. */
export function refuse(refusals: Refusal[], operation: string, input: Input, caller: Caller): void {
  const refusal = takeFault(
    refusals,
    operation,
    caller,
    (one) =>
      !one.late &&
      (one.instanceType ?? input.InstanceType) === input.InstanceType &&
      (one.subnetId ?? input.SubnetId) === input.SubnetId,
  );
  if (refusal) throw faultError(refusal, /^Insufficient.*Capacity/.test(refusal.code) ? 500 : 400);
}

/** Why an image that is made in this region and account is to fail after all, if it is. */
export function lateRefusal(refusals: Refusal[], operation: string, scope: Scope) {
  const refusal = takeFault(refusals, operation, scope, ({ late }) => late === true);
  if (!refusal) return undefined;
  const message = refusal.message ?? 'the local cloud was told that this image fails';
  return { code: refusal.code, message: `${refusal.code}: ${message}` };
}
