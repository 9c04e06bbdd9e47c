// Faults on request: an operation that answers with an error of AWS's, so that capacity and throttling can be tried out.

import type { Caller } from '../service.ts';
import { AwsError, type Input } from '../service.ts';
import type { Scope } from './records.ts';

export type Refusal = {
  operation: string;
  region?: string;
  accountId?: string;
  instanceType?: string;
  subnetId?: string;
  code: string;
  message?: string;
  statusCode?: number;
  /** How often; for ever when absent. */
  times?: number;
  /** For CreateImage and CopyImage: the call is answered, and the image that it makes fails at the end of its pending time. */
  late?: boolean;
};

/** Throws the first refusal that fits the call; InsufficientInstanceCapacity is a 500 at AWS too. */
export function refuse(refusals: Refusal[], operation: string, input: Input, caller: Caller): void {
  const refusal = take(
    refusals,
    (one) =>
      !one.late &&
      one.operation === operation &&
      (one.region ?? caller.region) === caller.region &&
      (one.accountId ?? caller.accountId) === caller.accountId &&
      (one.instanceType ?? input.InstanceType) === input.InstanceType &&
      (one.subnetId ?? input.SubnetId) === input.SubnetId,
  );
  if (!refusal) return;
  const statusCode = refusal.statusCode ?? (/^Insufficient.*Capacity/.test(refusal.code) ? 500 : 400);
  throw new AwsError(
    refusal.code,
    refusal.message ?? `The local cloud was told to refuse ${operation} with ${refusal.code}.`,
    statusCode,
  );
}

/** Why an image that is made in this region and account is to fail after all, if it is. */
export function lateRefusal(refusals: Refusal[], operation: string, { region, accountId }: Scope) {
  const refusal = take(
    refusals,
    (one) =>
      one.late === true &&
      one.operation === operation &&
      (one.region ?? region) === region &&
      (one.accountId ?? accountId) === accountId,
  );
  if (!refusal) return undefined;
  const message = refusal.message ?? 'the local cloud was told that this image fails';
  return { code: refusal.code, message: `${refusal.code}: ${message}` };
}

function take(refusals: Refusal[], fits: (one: Refusal) => boolean): Refusal | undefined {
  const refusal = refusals.find((one) => one.times !== 0 && fits(one));
  if (refusal?.times !== undefined) refusal.times -= 1;
  return refusal;
}
