// A metadata service and a Parameter Store on a socket: they check tokens and signatures as AWS does.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const credentials = { AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'wJalr/EXAMPLE+KEY', Token: 'session/token==' };

export type ParameterStore = {
  /** What a script's environment needs to find both. */
  environment: Record<string, string>;
  /** The names that were asked for. */
  asked: string[];
  stop(): Promise<void>;
};

/** `parameters`: type and value by name. */
export async function startParameterStore(
  parameters: Record<string, [type: string, value: string]>,
): Promise<ParameterStore> {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answerTo(request, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    asked,
    environment: { PATH: '/usr/bin:/bin', AWS_ENDPOINT_URL: address, AWS_EC2_METADATA_SERVICE_ENDPOINT: address },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };

  function answerTo(request: IncomingMessage, body: string): { status: number; body: string } {
    const { method, url = '', headers } = request;
    if (url === '/latest/api/token') return { status: method === 'PUT' ? 200 : 405, body: 'imds-token' };
    if (url.startsWith('/latest/meta-data/')) {
      if (headers['x-aws-ec2-metadata-token'] !== 'imds-token') return { status: 401, body: '' };
      if (url.endsWith('/placement/region')) return { status: 200, body: 'eu-west-1' };
      if (url.endsWith('/security-credentials/')) return { status: 200, body: 'builder-role' };
      return { status: 200, body: JSON.stringify({ Code: 'Success', ...credentials }, null, 2) };
    }
    const problem = signatureProblem(request, body);
    if (problem)
      return { status: 400, body: JSON.stringify({ __type: 'InvalidSignatureException', message: problem }) };
    const { Name, WithDecryption } = JSON.parse(body);
    asked.push(Name);
    const found = parameters[Name];
    if (!found || !WithDecryption) return { status: 400, body: JSON.stringify({ __type: 'ParameterNotFound' }) };
    const text = JSON.stringify({ Parameter: { Name, Type: found[0], Value: found[1], Version: 1 } });
    return { status: 200, body: text.replaceAll('é', '\\u00e9').replaceAll('😀', '\\ud83d\\ude00') };
  }
}

function signatureProblem({ headers }: IncomingMessage, body: string): string | undefined {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  );
  const [, credential = '', names = '', signature] = parts ?? [];
  const [key, date = '', region = '', service = '', end = ''] = credential.split('/');
  if (key !== credentials.AccessKeyId || service !== 'ssm' || region !== 'eu-west-1') return `credential ${credential}`;
  if (headers['x-amz-security-token'] !== credentials.Token) return 'no session token';
  const signed = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const canonical = ['POST', '/', '', signed.join(''), names, hash(body)].join('\n');
  const text = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    [date, region, service, end].join('/'),
    hash(canonical),
  ].join('\n');
  const mac = (with_: Buffer | string, what: string) => createHmac('sha256', with_).update(what).digest();
  const signing = [date, region, service, end].reduce<Buffer | string>(mac, `AWS4${credentials.SecretAccessKey}`);
  return mac(signing, text).toString('hex') === signature ? undefined : `signature over ${canonical}`;
}
