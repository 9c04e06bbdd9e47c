// `start` and `pipelines runs` as a user types them, against a stack that answers what start-build answers.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AwsServer, awsServer, json, lambda } from './aws-server.ts';
import { at, image } from './image.ts';

let cloud: AwsServer;
let state: string;

beforeEach(async () => {
  cloud = await awsServer();
  state = mkdtempSync(join(tmpdir(), 'start-'));
  writeFileSync(
    join(state, 'endpoint.json'),
    JSON.stringify({ endpoint: cloud.endpoint, pid: process.pid, startedAt: at(0) }),
  );
});
afterEach(async () => {
  rmSync(state, { recursive: true });
  await cloud.close();
});

function command(...words: string[]): Promise<{ code: number | null; out: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn('./image-builder', [...words, '--local', '--state-dir', state], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const answer = { out: '', errors: '' };
    child.stdout.on('data', (data) => (answer.out += data));
    child.stderr.on('data', (data) => (answer.errors += data));
    child.on('close', (code) => resolve({ ...answer, code }));
  });
}

const arn = image().arn;
const started = { outcome: 'started', imageBuildVersionArn: arn, executionArn: image().executionArn };
const reason = `a build is under way: ${arn}`;
const answering = (...answers: object[]) => {
  const asked: { clientToken: string }[] = [];
  cloud.answers[lambda('start-build')] = ({ body }) => {
    asked.push(JSON.parse(body));
    return json(answers.length > 1 ? answers.shift()! : answers[0]!);
  };
  return asked;
};
const text = (value: string) => ({ S: value });
const available = { state: { M: { status: text('AVAILABLE') } }, timeline: { M: {} }, notes: { L: [] } };
const records = () => {
  const { name, version, dateCreated } = image();
  const item = { arn: text(arn), name: text(name), version: text(version), dateCreated: text(dateCreated) };
  const outputResources = { M: { amis: { L: [] } } };
  cloud.answers.GetItem = () => json({ Item: { ...item, ...available, outputResources, logGroupName: text('/web') } });
  cloud.answers.GetLogEvents = () => json({ events: [], nextForwardToken: 'end' });
};

describe('start', () => {
  test('says which image is built', async () => {
    const asked = answering(started);
    const { code, out, errors } = await command('start', 'web', '--reason', 'new certificate');
    expect(errors + out).toContain(`image ${arn}`);
    expect(code).toBe(0);
    expect(asked).toEqual([
      { imagePipelineName: 'web', clientToken: expect.any(String), reasons: ['new certificate'] },
    ]);
  });
  test('with --wait follows a request that waits for another build, by its token', async () => {
    records();
    const asked = answering(
      { outcome: 'queued', reason },
      { outcome: 'queued', reason },
      { ...started, outcome: 'queued' },
    );
    const { code, out } = await command('start', 'web', '--wait', '--client-token', 'mine');
    expect(out).toContain(`queued: ${reason}`);
    expect(out).toContain('AVAILABLE');
    expect(code).toBe(0);
    expect(asked.map(({ clientToken }) => clientToken)).toEqual(['mine', 'mine', 'mine']);
  });
  test('of what is skipped ends with 1 and the reason, of what is no pipeline with 2', async () => {
    answering({ outcome: 'skipped', reason });
    const skipped = await command('start', 'web', '--wait', '--output', 'json');
    expect([skipped.code, JSON.parse(skipped.out)]).toEqual([1, { outcome: 'skipped', reason }]);
    const wrong = await command('start', arn);
    expect([wrong.code, wrong.errors]).toEqual([2, `${arn} is neither the name nor the ARN of a pipeline.\n`]);
  });
});

test('build waits for the build that is under way, since only then its own registration can be built', async () => {
  records();
  const pipeline = { imagePipelineArn: image().sourcePipelineArn, contentHash: 'c'.repeat(64), change: 'created' };
  cloud.answers[lambda('put-resources')] = () => json({ ...pipeline, components: [] });
  const asked = answering({ outcome: 'refused', reason }, { outcome: 'refused', reason }, started);
  const { code, out } = await command('build', 'examples/hello-web/pipeline.yml');
  expect(out.split(`${reason}; this one starts after it`)).toHaveLength(2);
  expect(code).toBe(0);
  expect(new Set(asked.map(({ clientToken }) => clientToken)).size).toBe(3);
});

describe('pipelines runs', () => {
  test('lists what became of requests, newest first', async () => {
    const run = (fields: Record<string, string>) =>
      Object.fromEntries(
        Object.entries({ pk: 'p', sk: 'run#…', id: 'i', ...fields }).map(([key, value]) => [key, text(value)]),
      );
    cloud.answers.Query = () =>
      json({
        Items: [
          run({ time: at(9), trigger: 'schedule', outcome: 'skipped', reason: 'parent unchanged \x1b[2Jami-1' }),
          run({ time: at(1), trigger: 'manual', outcome: 'started', imageBuildVersionArn: arn }),
        ],
      });
    const { code, out } = await command('pipelines', 'runs', 'Web');
    expect(out.split('\n').map((line) => line.trimEnd())).toEqual([
      `${at(9)}  schedule  skipped                     parent unchanged \\x1b[2Jami-1`,
      `${at(1)}  manual    started  hello-web/1.0.0/1`,
      '',
    ]);
    expect(code).toBe(0);
    const asked = JSON.parse(cloud.requests.findLast(({ body }) => body.includes('begins_with'))!.body);
    expect(asked).toMatchObject({
      Limit: 20,
      ScanIndexForward: false,
      ExpressionAttributeValues: { ':pk': text('pipeline#web') },
    });
    cloud.answers.Query = () => json({ Items: [] });
    expect((await command('pipelines', 'runs', 'web')).out).toBe('The pipeline web has no runs yet.\n');
  });
});
