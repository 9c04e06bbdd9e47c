// REST with JSON (Lambda): the operation is the method and the path.
import { AwsError, type Caller, type RestService } from '../service.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

export async function answerRest(service: RestService, request: WireRequest, caller: Caller): Promise<WireAnswer> {
  for (const route of service.routes) {
    const match = route.method === request.method ? route.path.exec(request.path) : null;
    const query = new URLSearchParams(request.query);
    if (!match || (route.query !== undefined && !query.has(route.query))) continue;
    const answer = await route.operation(
      {
        method: request.method,
        path: request.path,
        parameters: match.slice(1).map((group) => decode(group ?? '')),
        query,
        headers: request.headers,
        body: request.body,
      },
      caller,
    );
    return {
      statusCode: answer.statusCode ?? 200,
      headers: { 'content-type': 'application/json', ...answer.headers },
      body: answer.body ?? '',
    };
  }
  throw new AwsError(
    'UnknownOperationException',
    `The local cloud's ${service.signingName} has no operation ${request.method} ${request.path}`,
    404,
  );
}

export function refuseRest(error: AwsError, service?: RestService): WireAnswer {
  if (service?.refuse) {
    const { statusCode = error.statusCode, headers = {}, body = '' } = service.refuse(error);
    return { statusCode, headers, body };
  }
  return {
    statusCode: error.statusCode,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({
      Type: error.statusCode < 500 ? 'User' : 'Service',
      Message: error.message,
      message: error.message,
    }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError('InvalidParameterValueException', `The path is not valid percent-encoding: ${text}`);
  }
}
