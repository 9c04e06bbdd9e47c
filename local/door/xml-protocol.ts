// The two protocols with forms in and XML out: EC2's own, and the AWS query protocol (STS, SNS, CloudFormation).
import { AwsError, type Caller, type Service } from '../service.ts';
import { readForm } from './form-input.ts';
import type { WireAnswer, WireRequest } from './wire.ts';
import { escapeXml, fields } from './xml.ts';

const contentType = 'text/xml;charset=UTF-8';

export const actionOf = (request: WireRequest): string => readForm(form(request)).action;

export async function answerXml(
  service: Service,
  request: WireRequest,
  caller: Caller,
  requestId: string,
): Promise<WireAnswer> {
  const { action, version, input } = readForm(form(request));
  const operation = Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
  if (!operation) {
    throw new AwsError(
      'InvalidAction',
      `The action ${action || '(none)'} is not valid for this web service: the local cloud's ${service.signingName} does not have it`,
    );
  }
  const output = await operation(input, caller);
  const namespace = namespaceOf(service, version);
  const body =
    service.protocol === 'ec2'
      ? `<${action}Response xmlns="${namespace}"><requestId>${requestId}</requestId>${fields(output, 'item')}</${action}Response>`
      : `<${action}Response xmlns="${namespace}"><${action}Result>${fields(output, 'member')}</${action}Result>` +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
  return { statusCode: 200, headers: { 'content-type': contentType }, body: declaration + body };
}

export function refuseXml(error: AwsError, requestId: string, protocol: 'ec2' | 'query', namespace = ''): WireAnswer {
  const reason = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
  const type = error.statusCode < 500 ? 'Sender' : 'Receiver';
  const body =
    protocol === 'ec2'
      ? `<Response><Errors><Error>${reason}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
      : `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type>${reason}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { statusCode: error.statusCode, headers: { 'content-type': contentType }, body: declaration + body };
}

export const namespaceOf = (service: Service, version = ''): string =>
  service.protocol === 'ec2'
    ? `http://ec2.amazonaws.com/doc/${version || service.version}/`
    : `https://${service.signingName}.amazonaws.com/doc/${version || service.version}/`;

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const form = (request: WireRequest) => (request.method === 'GET' ? request.query : request.body.toString());
