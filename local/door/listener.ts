// The socket: HTTP on loopback, one request id per answer, nothing for browsers.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import { ConnectionReset } from '../hooks.ts';
import { AwsError } from '../service.ts';
import type { Leases } from './leases.ts';
import { type Reception, receive } from './reception.ts';
import { refuseRest } from './rest-protocol.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

// Not imported: an import reads every export, and one of this module's loads all of undici.
const { createServer } = process.getBuiltinModule('node:http');

export type Listener = { endpoint: string; close(): Promise<void> };

/** One line per request: `200 us-east-1 000000000000 ec2 DescribeImages 4 ms`. */
export type RequestLog = (line: string) => void;

const largestBody = 16 * 1024 * 1024;
const usualPort = 4566;

/** Listens on `port`, or where none is asked for on the usual one, or on any free one if that is taken. */
export async function listen(
  reception: Reception,
  port?: number,
  { log, leases }: { log?: RequestLog | undefined; leases?: Leases } = {},
): Promise<Listener> {
  const server = createServer(async (incoming, outgoing) => {
    const started = performance.now();
    const requestId = randomUUID();
    const handled = await handle(reception, incoming, requestId);
    if (!handled) return void incoming.socket.destroy();
    const { answer, what } = handled;
    log?.(`${answer.statusCode} ${what} ${Math.round(performance.now() - started)} ms`);
    outgoing.writeHead(answer.statusCode, { ...answer.headers, 'x-amzn-requestid': requestId });
    outgoing.end(answer.body);
  });
  // Clients keep connections for minutes; were ours to end first, one of their requests would now and then meet a closed socket.
  server.keepAliveTimeout = 600_000;
  if (leases) server.on('upgrade', leases.take);
  const bound = await bind(server, port);
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        leases?.close();
      }),
  };
}

/** Undefined where the connection is to break instead of an answer. */
async function handle(
  reception: Reception,
  incoming: IncomingMessage,
  requestId: string,
): Promise<{ answer: WireAnswer; what: string } | undefined> {
  const { pathname, query } = split(incoming.url ?? '/');
  const what = `${incoming.method} ${pathname}`;
  try {
    refuseBrowsers(incoming);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    );
    const body = await read(incoming);
    const request: WireRequest = { method: incoming.method ?? 'GET', path: pathname, query, headers, body };
    return await receive(reception, request, requestId);
  } catch (error) {
    if (error instanceof ConnectionReset) return undefined;
    if (error instanceof AwsError) return { answer: refuseRest(error), what };
    reception.fault(error, what);
    return { answer: refuseRest(new AwsError('InternalFailure', String(error), 500)), what };
  }
}

// A web page could otherwise reach the endpoint, by a cross-origin request or under a name that it rebinds to 127.0.0.1, and run code here.
function refuseBrowsers(incoming: IncomingMessage): void {
  const host = (incoming.headers.host ?? '').replace(/:\d+$/, '');
  const local = host === '127.0.0.1' || host === '[::1]' || host === 'localhost' || host.endsWith('.localhost');
  if (!local || incoming.headers.origin !== undefined) {
    throw new AwsError(
      'AccessDeniedException',
      `The local cloud answers AWS clients on this machine only (Host '${host}', Origin '${incoming.headers.origin ?? ''}')`,
      403,
    );
  }
}

function split(url: string): { pathname: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { pathname: url, query: '' } : { pathname: url.slice(0, mark), query: url.slice(mark + 1) };
}

async function read(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > largestBody) {
      throw new AwsError('RequestEntityTooLargeException', `The body is larger than ${largestBody} bytes`, 413);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function bind(server: Server, port: number | undefined): Promise<number> {
  const attempt = (candidate: number) =>
    new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(candidate, '127.0.0.1', () => {
        server.removeListener('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : candidate);
      });
    });
  try {
    return await attempt(port ?? usualPort);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    if (port !== undefined) {
      throw new Error(
        `Port ${port} is taken by another program: choose another one, or leave it out for any free one`,
        { cause },
      );
    }
    return await attempt(0);
  }
}
