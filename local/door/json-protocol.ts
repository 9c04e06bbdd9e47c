// AWS JSON 1.0 and 1.1: the operation in X-Amz-Target, JSON in and out, times as epoch seconds, bytes as base64.
import { AwsError, type Caller, type Service } from '../service.ts';
import { membersOf } from './modelled-error.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

export const targetOf = (request: WireRequest): string => request.headers['x-amz-target'] ?? '';

export async function answerJson(service: Service, request: WireRequest, caller: Caller): Promise<WireAnswer> {
  const target = targetOf(request);
  const [prefix, name = ''] = [target.slice(0, target.lastIndexOf('.')), target.slice(target.lastIndexOf('.') + 1)];
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!operation || prefix !== service.targetPrefix) {
    throw new AwsError(
      'UnknownOperationException',
      `The local cloud's ${service.signingName} has no operation ${target || '(no X-Amz-Target header)'}`,
    );
  }
  const output = await operation(parse(request.body), caller);
  const body = output === undefined ? '{}' : JSON.stringify(plain(output));
  return { statusCode: 200, headers: { 'content-type': contentType(service) }, body };
}

export function refuseJson(error: AwsError, version: string | undefined): WireAnswer {
  return {
    statusCode: error.statusCode,
    headers: {
      'content-type': `application/x-amz-json-${version ?? '1.1'}`,
      'x-amzn-errortype': error.code,
      ...(queryCodes[error.code] && { 'x-amzn-query-error': `${queryCodes[error.code]};Sender` }),
    },
    body: JSON.stringify({ __type: error.code, message: error.message, ...membersOf(error) }),
  };
}

// SQS spoke the query protocol before; its older codes go beside the new ones (Smithy, awsQueryCompatible), and clients show those.
const queryCodes: Record<string, string> = { QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue' };

function parse(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  try {
    const input: unknown = JSON.parse(body.toString());
    if (input !== null && typeof input === 'object' && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch {
    // Falls through to the answer that any other body which is not an object gets.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object');
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, plain(content)]));
}

const contentType = (service: Service) => `application/x-amz-json-${service.jsonVersion ?? '1.1'}`;
