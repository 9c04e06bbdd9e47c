// Faults on request: an operation that answers with an error of AWS's, so that capacity and throttling can be tried out.

import type { Caller } from '../service.ts';
import { AwsError, type Input } from '../service.ts';

export type Refusal = {
  operation: string;
  region?: string;
  instanceType?: string;
  subnetId?: string;
  code: string;
  message?: string;
  statusCode?: number;
  /** How often; for ever when absent. */
  times?: number;
};

/** Throws the first refusal that fits the call; InsufficientInstanceCapacity is a 500 at AWS too. */
export function refuse(refusals: Refusal[], operation: string, input: Input, caller: Caller): void {
  const refusal = refusals.find(
    (one) =>
      one.operation === operation &&
      (one.region ?? caller.region) === caller.region &&
      (one.instanceType ?? input.InstanceType) === input.InstanceType &&
      (one.subnetId ?? input.SubnetId) === input.SubnetId &&
      one.times !== 0,
  );
  if (!refusal) return;
  if (refusal.times !== undefined) refusal.times -= 1;
  const statusCode = refusal.statusCode ?? (/^Insufficient.*Capacity/.test(refusal.code) ? 500 : 400);
  throw new AwsError(
    refusal.code,
    refusal.message ?? `The local cloud was told to refuse ${operation} with ${refusal.code}.`,
    statusCode,
  );
}
