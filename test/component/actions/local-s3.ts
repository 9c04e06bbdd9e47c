// An S3 on this machine with the metadata service of an instance: fauxqs keeps the objects, and this door before it judges signatures, tokens and owners, which fauxqs does not.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignatureV4 } from '@smithy/signature-v4';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { onTestFinished } from 'vitest';

export type LocalS3 = {
  endpoint: string;
  /** Method and address of what was asked, in order. */
  asked: string[];
  objects: Pick<FauxqsServer, 'createBucket'>;
  put(bucket: string, key: string, body: string | Buffer): Promise<void>;
  get(bucket: string, key: string): Promise<Buffer | undefined>;
  /** Answers that requests get instead of theirs, one each. */
  failures: number[];
  environment: Record<string, string>;
};

/** With characters that JSON, curl and HTTP could trip over. */
const credentials = {
  accessKeyId: 'ASIALOCAL',
  secretAccessKey: 'wJalr/XUtn+FEMI',
  sessionToken: 'IQoJ//b3JpZ2lu+X2Vj==',
};
const role = 'builder-role';
const token = 'AQAEtoken==';
export const bucketOwner = '123456789012';

class Sha256 {
  readonly #hash;
  constructor(secret?: Parameters<typeof createHmac>[1]) {
    this.#hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset(): void {}
}

const signer = new SignatureV4({
  credentials,
  region: 'eu-north-1',
  service: 's3',
  sha256: Sha256 as never,
  applyChecksum: false,
  uriEscapePath: false,
});

export async function startLocalS3(): Promise<LocalS3> {
  const server = await startFauxqs({ port: 0, logger: false });
  const store = `http://127.0.0.1:${server.port}`;
  const asked: string[] = [];
  const failures: number[] = [];
  const door: Server = createServer((request, response) => {
    answer(request, response).catch((problem: unknown) => response.writeHead(500).end(String(problem)));
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    door.closeAllConnections();
    door.close();
    await server.stop();
  });
  const endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const address = (bucket: string, key: string) =>
    `${store}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return {
    endpoint,
    asked,
    objects: server,
    failures,
    environment: { AWS_ENDPOINT_URL: endpoint, AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint },
    async put(bucket, key, body) {
      const { ok, status } = await fetch(address(bucket, key), putting(Buffer.from(body)));
      if (!ok) throw new Error(`fauxqs answers ${status}`);
    },
    async get(bucket, key) {
      const got = await fetch(address(bucket, key));
      return got.ok ? Buffer.from(await got.arrayBuffer()) : undefined;
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.url ?? '/';
    asked.push(`${request.method} ${address}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (address.startsWith('/latest/')) return tellMetadata(request, response);
    const failure = failures.shift();
    if (failure) return void response.writeHead(failure).end(error('SlowDown', 'Please reduce your request rate.'));
    const denial = await denialOf(request, body);
    if (denial) return void response.writeHead(403).end(denial);
    const { host, connection, expect, ...headers } = request.headers;
    const put = request.method === 'PUT' ? putting(body) : {};
    const got = await fetch(store + address, { headers: headers as Record<string, string>, ...put });
    response.writeHead(got.status, { 'x-amz-bucket-region': 'eu-north-1' }).end(Buffer.from(await got.arrayBuffer()));
  }
}

/** fauxqs stumbles over an empty body, unless it comes as chunks. */
function putting(body: Buffer): RequestInit {
  if (body.length > 0) return { method: 'PUT', body: new Uint8Array(body) };
  return { method: 'PUT', headers: { 'content-encoding': 'aws-chunked' }, body: '0\r\n\r\n' };
}

function tellMetadata({ method, url = '', headers }: IncomingMessage, response: ServerResponse): void {
  const path = url.replace('/latest/', '');
  if (path === 'api/token') {
    const asked = method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'];
    response.writeHead(asked ? 200 : 400).end(token);
    return;
  }
  const answers: Record<string, string> = {
    'meta-data/placement/region': 'eu-north-1',
    'meta-data/iam/security-credentials/': role,
    [`meta-data/iam/security-credentials/${role}`]: JSON.stringify(
      {
        Code: 'Success',
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        Token: credentials.sessionToken,
      },
      undefined,
      2,
    ),
  };
  const allowed = headers['x-aws-ec2-metadata-token'] === token;
  response.writeHead(allowed ? (answers[path] === undefined ? 404 : 200) : 401).end(allowed ? answers[path] : '');
}

/** What S3 would say of a request that it does not take, by an independent implementation of Signature Version 4. */
async function denialOf(request: IncomingMessage, body: Buffer): Promise<string | undefined> {
  const { headers, method = '', url = '' } = request;
  const { authorization = '' } = headers;
  const names = /SignedHeaders=([^,]+),/.exec(authorization)?.[1]?.split(';') ?? [];
  const time = String(headers['x-amz-date']);
  const signingDate = new Date(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Math.abs(signingDate.getTime() - Date.now()) > 300_000 || Number.isNaN(signingDate.getTime()))
    return error('RequestTimeTooSkewed', `The time is ${time}.`);
  const { pathname, searchParams } = new URL(url, 'http://local');
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: Object.fromEntries(
        names
          .filter((name) => name !== 'x-amz-security-token' && name !== 'x-amz-date')
          .map((name) => [name, String(headers[name])]),
      ),
    },
    { signingDate },
  );
  if (signed.headers.authorization !== authorization)
    return error('SignatureDoesNotMatch', `It should be ${signed.headers.authorization}, it is ${authorization}.`);
  if (headers['x-amz-security-token'] !== credentials.sessionToken)
    return error('InvalidToken', 'The token is malformed.');
  const hash = createHash('sha256').update(body).digest('hex');
  if (headers['x-amz-content-sha256'] !== hash) return error('XAmzContentSHA256Mismatch', `The body has ${hash}.`);
  const owner = headers['x-amz-expected-bucket-owner'];
  return owner === undefined || owner === bucketOwner ? undefined : error('AccessDenied', 'Access Denied');
}

function error(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}
