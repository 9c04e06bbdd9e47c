// Signature Version 4 as the receiver sees it: the parts of the Authorization header, and the signature that a secret would have given.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { WireRequest } from './wire.ts';

export type Authorization = {
  accessKeyId: string;
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
};

const form =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;

export function readAuthorization(request: WireRequest): Authorization {
  const header = request.headers.authorization;
  if (!header) {
    throw new AwsError(
      'MissingAuthenticationToken',
      'Request is missing Authentication Token: sign it (any access key will do) with Signature Version 4 in the Authorization header',
      403,
    );
  }
  const match = form.exec(header.trim());
  if (!match) {
    throw new AwsError('IncompleteSignature', `Not an AWS4-HMAC-SHA256 Authorization header: ${header}`, 400);
  }
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** Throws SignatureDoesNotMatch unless the request was signed with `secret`. */
export function verifySignature(request: WireRequest, authorization: Authorization, secret: string): void {
  const sent = request.headers['x-amz-content-sha256'];
  const bodyHash = sha256(request.body);
  if (sent && sent !== 'UNSIGNED-PAYLOAD' && sent !== bodyHash)
    throw mismatch('the body is not the one that was signed');
  const stamp = request.headers['x-amz-date'];
  if (!stamp) throw mismatch('there is no X-Amz-Date header');
  const canonical = [
    request.method,
    request.path.split('/').map(encode).join('/') || '/',
    canonicalQuery(request.query),
    ...authorization.signedHeaders.map(
      (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/\s+/g, ' ')}`,
    ),
    '',
    authorization.signedHeaders.join(';'),
    sent ?? bodyHash,
  ].join('\n');
  const scope = `${authorization.date}/${authorization.region}/${authorization.service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const expected = hmac(signingKey(secret, authorization), text);
  if (!timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) {
    throw mismatch('check the secret access key that belongs to this access key id');
  }
}

/** Keys that were worked out already: one for each secret, day, region and service. */
const signingKeys = new Map<string, KeyObject>();

function signingKey(secret: string, { date, region, service }: Authorization): KeyObject {
  const name = JSON.stringify([secret, date, region, service]);
  const known = signingKeys.get(name);
  if (known) return known;
  const parts = [date, region, service, 'aws4_request'];
  const key = createSecretKey(parts.reduce<Buffer>((parent, part) => hmac(parent, part), Buffer.from(`AWS4${secret}`)));
  // Whoever asks with many dates and regions does not fill the memory.
  if (signingKeys.size >= 10_000) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

function mismatch(why: string): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    `The request signature we calculated does not match the signature you provided: ${why}`,
    403,
  );
}

// Parameters are sorted by encoded name, then value; those sent without `=` count as empty.
function canonicalQuery(query: string): string {
  if (query === '') return '';
  const pairs = query.split('&').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [encode(decode(name)), encode(decode(value.join('=')))] as const;
  });
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return pairs
    .sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]))
    .map((pair) => pair.join('='))
    .join('&');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const sha256 = (data: string | Buffer) => hash('sha256', data, 'hex');
const hmac = (key: Buffer | KeyObject, data: string) => createHmac('sha256', key).update(data).digest();
