// A server that answers AWS calls as a test tells it, for the real SDK clients of the command line.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { leases } from '../../local/door/leases.ts';

export type Request = { operation: string; region: string; body: string };
export type Answer = { status?: number; headers?: Record<string, string>; body: string };

export type AwsServer = {
  endpoint: string;
  /** By operation: the target header, the Action of a form, or method and path. */
  answers: Record<string, (request: Request) => Answer>;
  requests: Request[];
  close(): Promise<void>;
};

const output = (key: string, value: string) =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`;

/** The stack that the server has from the start. */
export const stackAnswer = `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
<StackName>serverless-image-builder-local</StackName><StackId>arn:the-stack</StackId><Outputs>${output('TableName', 'images')}${output('StateMachineArn', 'arn:machine')}
${output('StartBuildFunctionName', 'start-build')}${output('PutResourcesFunctionName', 'put-resources')}${output('SweepFunctionName', 'sweep')}${output('AnswerApprovalFunctionName', 'answer-approval')}${output('PromoteImageFunctionName', 'promote-image')}${output('RevokeImageFunctionName', 'revoke-image')}
${output('DeleteResourcesFunctionName', 'delete-resources')}${output('ApplyLifecycleFunctionName', 'apply-lifecycle')}${output('CheckDistributionFunctionName', 'check-distribution')}</Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

export const lambda = (name: string) => `POST /2015-03-31/functions/${name}/invocations`;

export function json(value: unknown): Answer {
  return { headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(value) };
}

export async function awsServer(): Promise<AwsServer> {
  const requests: Request[] = [];
  const answers: AwsServer['answers'] = { DescribeStacks: () => ({ body: stackAnswer }) };
  const unknown: Answer = { status: 400, body: '{"__type":"UnknownOperationException"}' };
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const { status = 200, headers = {}, body } = answers[request.operation]?.(request) ?? unknown;
    response.writeHead(status, headers).end(body);
  });
  // A local cloud that stays.
  const users = leases({ stay: () => undefined });
  server.on('upgrade', users.take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    requests,
    close: () => {
      server.closeAllConnections();
      users.close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function read(incoming: IncomingMessage): Promise<Request> {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  const target = String(incoming.headers['x-amz-target'] ?? '')
    .split('.')
    .at(-1);
  const operation = target || new URLSearchParams(body).get('Action') || `${incoming.method} ${incoming.url}`;
  const [, region = ''] = /\/([a-z0-9-]+)\/[a-z0-9]+\/aws4_request/.exec(incoming.headers.authorization ?? '') ?? [];
  return { operation, body, region };
}
