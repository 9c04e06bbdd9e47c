// Client tokens: the same request with the same token is answered once.
import { createHash } from 'node:crypto';
import { AwsError, type Caller, type Input } from '../service.ts';
import { optional } from './input.ts';
import type { InstanceRecord, LaunchRecord } from './records.ts';
import type { Ec2 } from './room.ts';

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** The launch that this token made before, in the zone (none: the region); refuses other arguments and a token whose instances are terminated. */
export function repeated(ec2: Ec2, input: Input, caller: Caller, zone: string): LaunchRecord | undefined {
  const token = optional(input, 'ClientToken');
  if (token === undefined) return undefined;
  if (token.length > 64)
    throw new AwsError('InvalidClientToken', `The client token is longer than 64 characters: ${token}`);
  const limit = ec2.cloud.clock.now() - 2 * dayMilliseconds;
  ec2.records.launches = ec2.records.launches.filter((launch) => launch.time > limit);
  const { accountId, region } = caller;
  const earlier = ec2.records.launches.find(
    (launch) =>
      launch.accountId === accountId && launch.region === region && launch.zone === zone && launch.token === token,
  );
  if (!earlier) return undefined;
  if (earlier.request !== digest(input)) {
    throw new AwsError(
      'IdempotentParameterMismatch',
      `Arguments on this idempotent request are inconsistent with arguments used in previous request(s): client token ${token}.`,
    );
  }
  if (instancesOf(ec2, earlier).every((instance) => instance.state === 'terminated')) {
    throw new AwsError(
      'IdempotentInstanceTerminated',
      `The request uses the same client token (${token}) as a previous request for which the instance has been terminated.`,
    );
  }
  return earlier;
}

export function instancesOf(ec2: Ec2, launch: LaunchRecord): InstanceRecord[] {
  return launch.instanceIds.flatMap((id) => ec2.records.instances[id] ?? []);
}

/** The request without what may differ between repetitions. */
export function digest(input: Input): string {
  const { ClientToken: _, ...rest } = input;
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
