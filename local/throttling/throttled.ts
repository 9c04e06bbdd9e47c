// Stands before a service: refuses a call whose token bucket is empty, as AWS does, and counts.
import { before } from '../before.ts';
import type { Clock } from '../clock.ts';
import { AwsError, type Caller, type Input, type RestService, type Service } from '../service.ts';
import type { ApiLimits, Bucket } from './aws-buckets.ts';

/** By `<account> <region> <service> <operation>`: calls that were let through, and calls that were refused. */
export type ThrottleTally = Record<string, { passed: number; refused: number }>;

type Level = { tokens: number; filled: number };

/** A refused call takes no token. */
export function throttled(
  service: Service | RestService,
  { clock, limits, tally }: { clock: Clock; limits: ApiLimits; tally: ThrottleTally },
): Service | RestService {
  const bucketsOf = limits[service.signingName];
  if (!bucketsOf || service.protocol === 'rest') return service;
  const levels = new Map<string, Level>();
  const level = (key: string, { size, perSecond }: Bucket): Level => {
    const now = clock.now();
    const known = levels.get(key) ?? { tokens: size, filled: now };
    const tokens = Math.min(size, known.tokens + ((now - known.filled) / 1000) * perSecond);
    const fresh = { tokens, filled: now };
    levels.set(key, fresh);
    return fresh;
  };
  const pass = (operation: string, input: Input, { accountId, region }: Caller) => {
    const buckets = bucketsOf(operation, input.Filter !== undefined || input.MaxResults !== undefined);
    if (!buckets) return;
    const key = `${accountId} ${region} ${service.signingName} ${operation}`;
    const counts = tally[key] ?? { passed: 0, refused: 0 };
    tally[key] = counts;
    const call = level(key, buckets.call);
    const touched = buckets.resources && level(`${key} resources`, buckets.resources);
    const resources = resourcesOf(input);
    if (call.tokens < 1 || (touched && touched.tokens < resources)) {
      counts.refused += 1;
      throw service.protocol === 'ec2'
        ? new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
        : new AwsError('ThrottlingException', 'Rate exceeded');
    }
    counts.passed += 1;
    call.tokens -= 1;
    if (touched) touched.tokens -= resources;
  };
  return before(service, pass);
}

/** Instances that a call of EC2 touches. */
const resourcesOf = ({ MaxCount, InstanceId }: Input): number =>
  MaxCount !== undefined ? Number(MaxCount) : Array.isArray(InstanceId) ? InstanceId.length : 1;
