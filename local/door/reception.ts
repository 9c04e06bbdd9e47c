// Takes one request to its service: reads who signed it and for which service, speaks that service's protocol, answers errors in it.
import { ConnectionReset, type Intercept } from '../hooks.ts';
import { AwsError, type RestService, type Service } from '../service.ts';
import { resolveCaller } from './caller.ts';
import type { Credentials } from './credentials.ts';
import { answerJson, refuseJson, targetOf } from './json-protocol.ts';
import { answerRest, refuseRest } from './rest-protocol.ts';
import { readAuthorization } from './signature.ts';
import type { WireAnswer, WireRequest } from './wire.ts';
import { actionOf, answerXml, namespaceOf, refuseXml } from './xml-protocol.ts';

export type Reception = {
  services: (Service | RestService)[];
  credentials: Credentials;
  homeAccountId: string;
  /** Told of every fault of our own: an error that is no AwsError. */
  fault(error: unknown, what: string): void;
  intercept?: Intercept | undefined;
};

/** The answer and, for the request log, what was asked: `us-east-1 000000000000 ec2 DescribeImages`. */
export async function receive(
  reception: Reception,
  request: WireRequest,
  requestId: string,
): Promise<{ answer: WireAnswer; what: string }> {
  let service: Service | RestService | undefined;
  let what = `${request.method} ${request.path}`;
  try {
    const authorization = readAuthorization(request);
    service = reception.services.find((candidate) => candidate.signingName === authorization.service);
    what = `${authorization.region} ${authorization.service} ${operationName(request)}`;
    const caller = resolveCaller(request, authorization, reception.credentials, reception.homeAccountId);
    what = `${caller.region} ${caller.accountId} ${authorization.service} ${operationName(request)}`;
    if (!service) {
      const names = reception.services.map((candidate) => candidate.signingName).sort();
      throw new AwsError(
        'UnknownOperationException',
        `The local cloud has no service '${authorization.service}'; it has ${names.join(', ')}`,
      );
    }
    const found = service;
    const act = async () => {
      if (found.protocol === 'rest') return answerRest(found, request, caller);
      return found.protocol === 'json'
        ? answerJson(found, request, caller)
        : answerXml(found, request, caller, requestId);
    };
    const { intercept } = reception;
    if (!intercept) return { answer: await act(), what };
    const invocationId = request.headers['amz-sdk-invocation-id'];
    const call = { service: found.signingName, operation: operationName(request), caller, invocationId };
    // An error of the service itself is an answer too.
    const answered = () =>
      act().catch((error) => refuse(asAwsError(error, what, reception), found, request, requestId));
    return { answer: await intercept(call, answered), what };
  } catch (error) {
    if (error instanceof ConnectionReset) throw error;
    return { answer: refuse(asAwsError(error, what, reception), service, request, requestId), what };
  }
}

function refuse(
  error: AwsError,
  service: Service | RestService | undefined,
  request: WireRequest,
  requestId: string,
): WireAnswer {
  if (service?.protocol === 'rest') return refuseRest(error, service);
  if (service?.protocol === 'json') return refuseJson(error, service.jsonVersion);
  if (service) return refuseXml(error, requestId, service.protocol, namespaceOf(service));
  if (targetOf(request)) return refuseJson(error, '1.1');
  return isForm(request) ? refuseXml(error, requestId, 'query') : refuseRest(error);
}

function asAwsError(error: unknown, what: string, reception: Reception): AwsError {
  if (error instanceof AwsError) return error;
  reception.fault(error, what);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new AwsError('InternalFailure', `The local cloud failed on ${what}: ${reason}`, 500);
}

function operationName(request: WireRequest): string {
  const target = targetOf(request);
  if (target) return target.slice(target.lastIndexOf('.') + 1);
  return isForm(request) ? actionOf(request) : `${request.method} ${request.path}`;
}

const isForm = (request: WireRequest) =>
  (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
