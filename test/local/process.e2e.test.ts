import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdCloud } from '../../cli/local-cloud/hold.ts';
import type { CloudMessage } from '../../local/main.ts';
import { prepared } from '../package/packaged.ts';
import { temporaryDirectory } from './door/open-door.ts';

const repository = join(import.meta.dirname, '..', '..');
const directory = temporaryDirectory();
const state = join(directory.path, 'state');
const children: ChildProcess[] = [];
let cloud: ChildProcess;
let endpoint: string;

function start(...parameters: string[]): { child: ChildProcess; told: Promise<CloudMessage> } {
  const child = fork(join(repository, 'local', 'main.ts'), ['--state-dir', state, ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  children.push(child);
  const told = new Promise<CloudMessage>((resolve, reject) => {
    child.on('message', (message: CloudMessage) => message.type !== 'progress' && resolve(message));
    child.once('exit', (code, signal) => reject(new Error(`the cloud ended: ${code ?? signal}`)));
  });
  told.catch(() => {});
  return { child, told };
}

async function ready(...parameters: string[]): Promise<void> {
  const { child, told } = start(...parameters);
  const message = await told;
  if (message.type !== 'ready') throw new Error(JSON.stringify(message));
  cloud = child;
  endpoint = message.endpoint;
}

const client = (region: string) => ({
  endpoint,
  region,
  maxAttempts: 1,
  credentials: { accessKeyId: 'test', secretAccessKey: 'any' },
});

beforeAll(async () => {
  mkdirSync(state);
  for (const [name, directory] of Object.entries(await prepared())) symlinkSync(directory, join(state, name));
  await ready('--port', '0');
}, 180_000);

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
  directory.remove();
}, 180_000);

test('the packaged stack runs: outputs at home, a forwarder elsewhere, functions that reach the table with their own keys', async () => {
  expect(JSON.parse(readFileSync(join(state, 'endpoint.json'), 'utf8'))).toMatchObject({ endpoint, pid: cloud.pid });
  const { Stacks } = await new CloudFormationClient(client('us-east-1')).send(
    new DescribeStacksCommand({ StackName: 'serverless-image-builder-local' }),
  );
  const output = (key: string) => Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  expect(output('StateMachineArn')).toBe(
    'arn:aws:states:us-east-1:000000000000:stateMachine:serverless-image-builder-local-build-image',
  );
  const { Rules } = await new EventBridgeClient(client('eu-west-1')).send(new ListRulesCommand({}));
  expect(Rules?.map((rule) => rule.EventPattern)).toEqual([
    '{"source":["aws.ec2"],"detail-type":["EC2 AMI State Change"]}',
  ]);

  const { FunctionError, Payload, LogResult } = await new LambdaClient(client('us-east-1')).send(
    new InvokeCommand({
      FunctionName: output('StartBuildFunctionName'),
      Payload: '{"imagePipelineName":"nobody"}',
      LogType: 'Tail',
    }),
  );
  expect(FunctionError).toBe('Unhandled');
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({
    errorType: 'NotFoundError',
    errorMessage: expect.stringContaining('There is no pipeline nobody'),
  });
  expect(Buffer.from(LogResult ?? '', 'base64').toString()).toContain('There is no pipeline nobody');
}, 30_000);

test('a second cloud on the same state directory, and arguments that make no sense, are refused with the reason', async () => {
  const [second, port, delay] = await Promise.all(
    [start(), start('--port', 'many'), start('--delay', 'imageAvailable=soon')].map(({ told }) => told),
  );
  expect(second).toEqual({
    type: 'failed',
    message: `A local cloud (process ${cloud.pid}) already uses ${state}: stop it with 'image-builder local stop', or choose another --state-dir`,
    taken: true,
  });
  expect(port).toMatchObject({ type: 'failed', message: '--port: expected a number from 0 to 65535, found many' });
  expect(delay).toMatchObject({
    type: 'failed',
    message: '--delay: expected NAME=MILLISECONDS, found imageAvailable=soon',
  });
}, 30_000);

test('after a SIGKILL the next start takes over; what a terminal sends is the parent’s; it ends in good order when nobody uses it', async () => {
  const killed = once(cloud, 'exit');
  cloud.kill('SIGKILL');
  await killed;
  expect(existsSync(join(state, 'lock'))).toBe(true);
  await ready();

  const other = await holdCloud(endpoint, false);
  cloud.kill('SIGINT');
  cloud.kill('SIGHUP');
  cloud.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await new CloudFormationClient(client('us-east-1')).send(new DescribeStacksCommand({}));
  expect(JSON.parse(readFileSync(join(state, 'endpoint.json'), 'utf8'))).toMatchObject({ stays: false });

  const exited = once(cloud, 'exit');
  expect(await other?.release()).toBe(true);
  expect(await holdCloud(endpoint, true)).toBeUndefined();
  expect(await exited).toEqual([0, null]);
  expect(['endpoint.json', 'lock'].filter((name) => existsSync(join(state, name)))).toEqual([]);
}, 180_000);

test('it ends in good order although nobody reads any more what it prints', async () => {
  const lonely = join(directory.path, 'lonely');
  mkdirSync(lonely);
  for (const [name, directory] of Object.entries(await prepared())) symlinkSync(directory, join(lonely, name));
  const program = [join(repository, 'local', 'main.ts'), '--state-dir', lonely, '--port', '0', '--verbose'];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  await expect.poll(() => said, { timeout: 60_000 }).toContain('listens on');
  child.stderr.destroy();
  const own = { ...client('us-east-1'), endpoint: /http\S+/.exec(said)![0] };
  for (const _ of [1, 2]) await new CloudFormationClient(own).send(new DescribeStacksCommand({}));
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}, 90_000);
