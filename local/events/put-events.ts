// One entry of PutEvents: checked as EventBridge does, then put; a refused entry does not hold back the others.
import { AwsError, type Caller, type Input } from '../service.ts';
import type { BusAddress, EventBuses } from './buses.ts';

export type PutResult = { EventId: string } | { ErrorCode: string; ErrorMessage: string };

const largestEntry = 262_144;

export function putEvent(buses: EventBuses, entry: Input, caller: Caller, address: BusAddress): PutResult {
  const { Source, DetailType, Detail, Resources = [], Time } = entry;
  for (const [field, value] of Object.entries({ Source, DetailType, Detail })) {
    if (typeof value !== 'string' || value === '') {
      return refused('InvalidArgument', `Parameter ${field} is not valid. Reason: ${field} is a required argument.`);
    }
  }
  if (Source.startsWith('aws.')) return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  if (Buffer.byteLength(Source + DetailType + Detail + Resources.join('')) > largestEntry) {
    return refused('InvalidArgument', `Total size of the entry exceeds ${largestEntry} bytes.`);
  }
  const detail = parseObject(Detail);
  if (!detail) return refused('MalformedDetail', 'Detail is malformed.');
  try {
    const event = { source: Source, 'detail-type': DetailType, account: caller.accountId, region: caller.region };
    const time = Time === undefined ? undefined : Number(Time) * 1000;
    return { EventId: buses.publishAt(address, { ...event, resources: Resources, detail }, time) };
  } catch (error) {
    if (error instanceof AwsError) return refused(error.code, error.message);
    throw error;
  }
}

const refused = (ErrorCode: string, ErrorMessage: string): PutResult => ({ ErrorCode, ErrorMessage });

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
