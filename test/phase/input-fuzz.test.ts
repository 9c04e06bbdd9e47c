// Every function, found by listing, is sent what nobody should send it: always InvalidRequestError, and not one call of AWS.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { repository } from '../source-files.ts';
import { functionEnvironment } from './function-environment.ts';
import { account, hostile, machineArn } from './hostile-events.ts';

const functions = join(import.meta.dirname, '../../functions');
const units = readdirSync(functions).filter((name) => name.endsWith('.ts'));
const context = { functionName: 'the-function', getRemainingTimeInMillis: () => 30_000 };
type Handler = (event: unknown, context: unknown) => Promise<unknown>;

/** Whatever a function asks of AWS arrives here and is counted. */
let calls: string[] = [];
let forbidden = 0;
let endpoint: Server;
const secret = 'SECRET-7f3a9c';
const events = hostile(secret);
const counts: { unit: string; events: number; slowest: number; longest: number }[] = [];

beforeAll(async () => {
  endpoint = createServer((request, response) => {
    calls.push(`${request.headers['x-amz-target'] ?? request.url}`);
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end('{"__type":"ValidationException","message":"a call that must not be"}');
  });
  await new Promise<void>((ready) => endpoint.listen(0, '127.0.0.1', ready));
  const { port } = endpoint.address() as AddressInfo;
  Object.assign(process.env, functionEnvironment, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    POWERTOOLS_LOG_LEVEL: 'INFO',
  });
});
afterAll(() => {
  endpoint.close();
  const total = counts.reduce((sum, { events }) => sum + events, 0);
  const rows = counts.map(
    ({ unit, events, slowest, longest }) =>
      `${basename(unit, '.ts').padEnd(18)} ${events} events, slowest ${Math.round(slowest)} ms, longest message ${longest}`,
  );
  process.stdout.write(
    `${rows.join('\n')}\n${total} events to ${counts.length} functions, ${forbidden} calls of AWS\n`,
  );
});

describe.each(units)('%s', (unit) => {
  let handler: Handler;
  const count = { unit, events: 0, slowest: 0, longest: 0 };
  beforeAll(async () => {
    ({ handler } = (await import(join(functions, unit))) as { handler: Handler });
    counts.push(count);
  });

  async function refuses(event: unknown): Promise<void> {
    calls = [];
    let logged = '';
    const hear = (text: unknown) => {
      logged += String(text);
      return true;
    };
    const streams = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation(hear),
    );
    const began = performance.now();
    const thrown = await handler(event, context).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    for (const stream of streams) stream.mockRestore();
    count.events += 1;
    forbidden += calls.length;
    count.slowest = Math.max(count.slowest, performance.now() - began);
    count.longest = Math.max(count.longest, thrown?.message.length ?? 0);
    expect(thrown?.name).toBe('InvalidRequestError');
    expect(thrown?.message).toMatch(/^the-function refuses its input: ./s);
    expect(thrown!.message.length).toBeLessThanOrEqual(4000);
    expect(thrown!.message).not.toContain(secret);
    expect(logged).toContain('refuses its input');
    expect(logged.length).toBeLessThan(20_000);
    expect(logged).not.toContain(secret);
    expect(calls).toEqual([]);
  }

  it('refuses random JSON', () =>
    fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), (event) => refuses(JSON.parse(JSON.stringify(event)))),
      { numRuns: 200 },
    ));

  it('refuses what is nobody’s, somebody else’s, broken, huge or deep', async () => {
    for (const { name, event } of events)
      await refuses(event).catch((error: unknown) => {
        throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
      });
  });
});

it('docs/security.md tells how many events were refused', () => {
  const total = counts.reduce((sum, { events }) => sum + events, 0);
  const told = `${total} events, ${counts.length} functions, ${forbidden} calls of AWS`;
  expect(readFileSync(join(repository, 'docs/security.md'), 'utf8').replaceAll(/\s+/g, ' ')).toContain(told);
});

describe('the events that are meant', () => {
  const image = `arn:aws:imagebuilder:us-east-1:${account}:image/hello/1.0.0/1`;
  const handlerOf = async (unit: string) => ((await import(join(functions, unit))) as { handler: Handler }).handler;
  it.each([
    ['finish-image.ts', { image }],
    [
      'receive-update.ts',
      { Records: [{ Sns: { TopicArn: 'arn', MessageId: '1', Subject: null, Message: '{"package":"curl"}' } }] },
    ],
    [
      'resume-build.ts',
      {
        ...{ source: 'aws.ec2', account, region: 'eu-west-1', 'detail-type': 'EC2 AMI State Change' },
        detail: { ImageId: 'ami-1', State: 'available' },
      },
    ],
    [
      'cleanup.ts',
      {
        ...{ source: 'aws.states', account, region: 'us-east-1' },
        'detail-type': 'Step Functions Execution Status Change',
        detail: { executionArn: 'x', stateMachineArn: machineArn, status: 'ABORTED', input: JSON.stringify({ image }) },
      },
    ],
  ])('are taken: %s asks the table, so the refusals above are not of everything', async (unit, event) => {
    calls = [];
    const handler = await handlerOf(unit);
    await expect(handler(event, context)).rejects.toThrow('a call that must not be');
    expect(calls.length).toBeGreaterThan(0);
  });
});
