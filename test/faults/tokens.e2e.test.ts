// Task tokens and client tokens over whole builds: every request that a function makes and every line that it logs is searched for them.
import { EC2Client } from '@aws-sdk/client-ec2';
import { expect, test, vi } from 'vitest';
import { build, callersToken } from './build.ts';
import type { FaultName } from './faults.ts';

type Handle = (request: { headers: Record<string, string>; body?: string | Uint8Array }) => Promise<object>;
type Sent = { service: string; text: string };

/** The last part of the credential's scope but one. */
const serviceOf = (headers: Record<string, string>) => {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return /\/([a-z0-9]+)\/aws4_request/.exec(lower.authorization ?? '')?.[1] ?? '';
};

/** From now on every request of an SDK client is kept; the paper cloud must have been opened before. */
function listen(sent: Sent[]): () => void {
  const client = new EC2Client({ region: 'us-east-1' });
  const handler = Object.getPrototypeOf(client.config.requestHandler) as { handle: Handle };
  client.destroy();
  const { handle } = handler;
  handler.handle = function (request) {
    const { body = '' } = request;
    const text =
      typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
    sent.push({ service: serviceOf(request.headers), text });
    return handle.call(this, request);
  };
  return () => {
    handler.handle = handle;
  };
}

test('a task token goes to its wait or its place in the queue and to Step Functions, a caller’s client token nowhere, and neither into a log', async ({
  onTestFinished,
}) => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  onTestFinished(() => void vi.unstubAllEnvs());
  let logged = '';
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      logged += String(text);
      return true;
    }),
  );
  onTestFinished(() => {
    for (const stream of streams) stream.mockRestore();
  });

  const { recorded } = await build();
  const sent: Sent[] = [];
  onTestFinished(listen(sent));
  const seen = [await build()];
  // Errors are told with what was tried: where Step Functions does not answer, and where a wait cannot be written.
  for (const [call, fault] of [
    ['resume-build states.SendTaskSuccess', '5xx before the effect'],
    ['launch-builder dynamodb.UpdateItem', 'access denied'],
    ['snapshot-ami dynamodb.UpdateItem', 'throttled'],
  ] as [string, FaultName][]) {
    const key = recorded.findLast((one) => one.startsWith(call))!;
    seen.push(await build([{ key, fault }]));
  }

  const tokens = new Set(sent.flatMap(({ text }) => /"taskToken":"([^"]+)"/.exec(text)?.[1] ?? []));
  expect(tokens.size).toBeGreaterThan(20);
  const told = sent.filter(({ text }) => [...tokens].some((token) => text.includes(token)));
  const elsewhere = told.filter(
    ({ service, text }) =>
      service !== 'states' && !(service === 'dynamodb' && /"pk":\{"S":"(?:wait|copy-slots)#/.test(text)),
  );
  expect(elsewhere).toEqual([]);
  expect(told.filter(({ service }) => service === 'dynamodb').length).toBeGreaterThan(20);
  expect(new Set(sent.map(({ service }) => service))).toEqual(
    new Set(['dynamodb', 'ec2', 'events', 'logs', 'scheduler', 'sns', 'ssm', 'states', 'sts']),
  );
  expect(sent.filter(({ text }) => text.includes(callersToken))).toEqual([]);

  expect(logged).toContain('AccessDeniedError');
  for (const token of [...tokens, callersToken]) expect(logged).not.toContain(token);
  const ends = JSON.stringify(seen.map(({ image, execution: { error, cause } }) => [image, error, cause]));
  for (const token of [...tokens, callersToken]) expect(ends).not.toContain(token);
}, 60_000);
