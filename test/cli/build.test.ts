import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { type AwsServer, awsServer, json, lambda } from './aws-server.ts';
import { at, command, entry, image } from './image.ts';

let cloud: AwsServer;
let state: string;
let records: ImageRecord[];
const contentHash = 'c'.repeat(64);

/** A stack that builds: each look at the record shows the next of `records`, the last one for ever. */
beforeEach(async () => {
  cloud = await awsServer();
  state = mkdtempSync(join(tmpdir(), 'a build-'));
  writeFileSync(
    join(state, 'endpoint.json'),
    JSON.stringify({ endpoint: cloud.endpoint, pid: process.pid, startedAt: at(0) }),
  );
  records = [image()];
  const pipeline = { imagePipelineArn: image().sourcePipelineArn, contentHash, change: 'created' };
  const component = 'arn:aws:imagebuilder:us-east-1:000000000000:component/hello-web/1.0.0/1';
  const components = [{ name: 'hello-web', componentBuildVersionArn: component, change: 'created' }];
  cloud.answers[lambda('put-resources')] = () => json({ ...pipeline, components });
  cloud.answers[lambda('start-build')] = () =>
    json({ imageBuildVersionArn: image().arn, executionArn: image().executionArn });
  cloud.answers.GetItem = () => json({ Item: attribute(records.length > 1 ? records.shift() : records[0]).M });
  cloud.answers.GetLogEvents = ({ body }) =>
    json(
      JSON.parse(body).nextToken
        ? { events: [], nextForwardToken: 'end' }
        : { events: [{ message: 'installing\x1b[2J' }], nextForwardToken: 'end' },
    );
});
afterEach(async () => {
  rmSync(state, { recursive: true });
  await cloud.close();
});

type Attribute = { M?: object; L?: object[]; N?: string; S?: string };

function attribute(value: unknown): Attribute {
  if (Array.isArray(value)) return { L: value.map(attribute) };
  if (typeof value === 'object' && value !== null)
    return { M: Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, attribute(inner)])) };
  return typeof value === 'number' ? { N: String(value) } : { S: String(value) };
}

type Answer = { code: number | null; out: string; errors: string };

function build(
  options: string[],
  during?: (child: ChildProcess, answer: Answer) => void,
  begun?: (child: ChildProcess) => void,
): Promise<Answer> {
  return new Promise((resolve) => {
    const child = spawn(
      './image-builder',
      ['build', 'examples/hello-web/pipeline.yml', '--local', '--state-dir', state, ...options],
      {
        env: { PATH: process.env.PATH },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    begun?.(child);
    const answer: Answer = { code: null, out: '', errors: '' };
    child.stdout.on('data', (data) => {
      answer.out += data;
      during?.(child, answer);
    });
    child.stderr.on('data', (data) => {
      answer.errors += data;
    });
    child.on('close', (code) => resolve({ ...answer, code }));
  });
}

const component = (ended?: number) => ({
  'RunComponent#0': entry('RunComponent', 1, ended, { index: 0, label: 'hello-web', ...command }),
});
const amis = [{ region: 'us-east-1', image: 'ami-0123456789abcdef0', name: 'hello-web', accountId: '000000000000' }];
const available = image({
  state: { status: 'AVAILABLE' },
  dateEnded: at(9),
  timeline: component(3),
  outputResources: { amis },
});
const failed = image({
  state: { status: 'FAILED', reason: 'TestFailedError: hello-web-test failed' },
  dateEnded: at(9),
});

describe('a build', () => {
  test('is registered, started and followed to its end', async () => {
    records = [image({ timeline: component() }), available];
    const { code, out, errors } = await build([]);
    expect(errors).toBe('');
    expect(out.split('\n').slice(0, 8)).toEqual([
      'pipeline hello-web created',
      'component hello-web/1.0.0/1 created',
      `image ${image().arn}`,
      '  0:01  BUILDING',
      '  0:01  run component hello-web',
      '  0:03  run component hello-web done in 2.0s',
      '  0:09  AVAILABLE',
      '',
    ]);
    expect(out).toContain('AMIs\n  us-east-1  ami-0123456789abcdef0  hello-web\n');
    expect(out).toContain(`Full log: ./image-builder logs ${image().arn} --local --state-dir '${state}'\n`);
    expect(code).toBe(0);
    const [register, start] = cloud.requests
      .filter(({ operation }) => operation.startsWith('POST'))
      .map(({ body }) => JSON.parse(body));
    expect(register.components.map(({ name }: { name: string }) => name)).toEqual([
      'hello-web',
      'hello-web-test',
      'clean-image-test',
    ]);
    expect(start).toEqual({
      imagePipelineName: 'hello-web',
      contentHash,
      clientToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('shows the output of components with --verbose, safe for a terminal', async () => {
    records = [image({ timeline: component() }), available];
    const { out } = await build(['--verbose']);
    expect(out).toContain(
      '  0:01  run component hello-web\n        run component hello-web | installing\\x1b[2J\n  0:03  run component hello-web done in 2.0s\n',
    );
  });

  test('that fails exits with 1, and with JSON has nothing but the image on stdout', async () => {
    records = [failed];
    const { code, out, errors } = await build(['--output', 'json']);
    expect(JSON.parse(out)).toMatchObject({
      arn: image().arn,
      state: failed.state,
      outputResources: { amis: [] },
      timeline: [],
    });
    expect(errors).toContain('  0:09  FAILED\n');
    expect(code).toBe(1);
  });

  test.each([
    ['FAILED', failed, 1],
    ['AVAILABLE', available, 0],
  ])('that ends %s exits as it ends, though nobody reads on', async (_, last, expected) => {
    const under = { ...component(), 'RunComponent#1': entry('RunComponent', 2, undefined, { index: 1, label: 'web' }) };
    records = [image({ timeline: component() }), image({ timeline: under }), last];
    const { code, out, errors } = await build([], (child) => child.stdout?.destroy());
    expect(out).toMatch(/^pipeline hello-web created\n/);
    expect(out).not.toContain('BUILDING');
    expect([code, errors]).toEqual([expected, '']);
  });

  test('whose registration is refused was never started', async () => {
    const body = '{"errorType":"InvalidRequestError","errorMessage":"the component x/1.x.x is not registered"}';
    cloud.answers[lambda('put-resources')] = () => ({ headers: { 'x-amz-function-error': 'Unhandled' }, body });
    const { code, out, errors } = await build([]);
    expect([code, out]).toEqual([2, '']);
    expect(errors).toBe(
      'Could not register the pipeline hello-web: InvalidRequestError: the component x/1.x.x is not registered\n',
    );
    expect(cloud.requests.some(({ operation }) => operation === lambda('start-build'))).toBe(false);
  });
});

describe('Ctrl-C', () => {
  test('cancels the build and waits for its clean-up', async () => {
    cloud.answers.StopExecution = () => {
      records = [
        image({ timeline: { Cleanup: entry('Cleanup', 4) } }),
        image({ state: { status: 'CANCELLED' }, dateEnded: at(9) }),
      ];
      return json({ stopDate: 1 });
    };
    let sent = false;
    const { code, out } = await build([], (child, { out }) => {
      if (!sent && out.includes('BUILDING')) sent = child.kill('SIGINT');
    });
    expect(out).toContain(
      'Cancelling the build and waiting for its clean-up; Ctrl-C again leaves at once.\n  0:04  cleanup\n',
    );
    expect(out).toContain('CANCELLED  hello-web 1.0.0/1, 9.0s\n');
    expect(code).toBe(1);
    const stops = cloud.requests.filter(({ operation }) => operation === 'StopExecution');
    expect(stops.map(({ body }) => JSON.parse(body).executionArn)).toEqual([image().executionArn]);
  });

  test('a second time leaves', async () => {
    cloud.answers.StopExecution = () => json({ stopDate: 1 });
    const kills: boolean[] = [];
    const { code, errors } = await build([], (child, { out }) => {
      if (kills.length === 0 && out.includes('BUILDING')) kills.push(child.kill('SIGINT'));
      else if (kills.length === 1 && out.includes('Cancelling')) kills.push(child.kill('SIGINT'));
    });
    expect(errors).toBe(
      `Left before the build had ended; \`./image-builder images show ${image().arn} --local --state-dir '${state}'\` tells how it stands.\n`,
    );
    expect(code).toBe(1);
  });

  test('before the start starts nothing', async () => {
    let running: ChildProcess | undefined;
    cloud.answers[lambda('put-resources')] = () => {
      running?.kill('SIGINT');
      running = undefined;
      return { status: 503, body: '{}' };
    };
    const { code, errors } = await build([], undefined, (child) => {
      running = child;
    });
    expect(errors).toBe('Interrupted: no build was started.\n');
    expect(code).toBe(1);
  });
});
