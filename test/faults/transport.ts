// Takes the requests of SDK clients to a door of this process, without a socket: the SDK signs, repeats and reads them as ever.
import { EC2Client } from '@aws-sdk/client-ec2';
import { type Reception, receive } from '../../local/door/reception.ts';
import { ConnectionReset } from '../../local/hooks.ts';
import { type Invocation, invocations, never } from './invocation.ts';

export type Door = {
  reception: Reception;
  /** Told whose call it is, before it reaches the door. */
  caller(invocationId: string, invocation: Invocation): void;
};

type Request = {
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: string | Uint8Array;
};

let door: Door | undefined;
let installed = false;

/** From now on every SDK client of this process talks to `to`. */
export function connect(to: Door): void {
  door = to;
  if (installed) return;
  installed = true;
  // Of clients that are no function's own: the account's root.
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'any',
  });
  const client = new EC2Client({ region: 'us-east-1' });
  // All clients have the same class of handler.
  Object.getPrototypeOf(client.config.requestHandler).handle = handle;
  client.destroy();
}

let requests = 0;

/**
 * Modules are shared here by what are processes of their own: what one of them was asking for and would have kept for the next
 * invocation (credentials of other accounts) must not stay unanswered when it dies.
 */
async function handle(request: Request): Promise<{ response: object }> {
  const invocation = invocations.getStore();
  const authorization = request.headers.authorization ?? request.headers.Authorization ?? '';
  if (!invocation || !authorization.includes('/sts/aws4_request')) return send(request);
  return Promise.race([send(request), death(invocation)]);
}

async function death(invocation: Invocation): Promise<never> {
  const ended = new Error('The process of the function has ended.');
  if (invocation.dead) throw ended;
  const { end } = invocation;
  return new Promise((_, reject) => {
    invocation.end = (outcome) => {
      end(outcome);
      reject(ended);
    };
  });
}

async function send({ method, path, query = {}, headers, body }: Request): Promise<{ response: object }> {
  const invocation = invocations.getStore();
  if (invocation?.dead) return never();
  const { reception, caller } = door!;
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (invocation) caller(lower['amz-sdk-invocation-id']!, invocation);
  const request = {
    method,
    path,
    query: new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value ?? '')]),
    ).toString(),
    headers: lower,
    body:
      body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.from(body ?? ''),
  };
  try {
    const requestId = `paper-${++requests}`;
    // What a service does behind its answer does not belong to the invocation.
    const received = invocations.exit(() => receive(reception, request, requestId));
    const { answer } = await (invocation ? invocation.away(received) : received);
    if (invocation?.dead) return never();
    const { statusCode } = answer;
    const response = { statusCode, headers: { ...answer.headers, 'x-amzn-requestid': requestId } };
    return { response: { ...response, body: new Uint8Array(Buffer.from(answer.body)) } };
  } catch (error) {
    if (invocation?.dead) return never();
    if (!(error instanceof ConnectionReset)) throw error;
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  }
}
