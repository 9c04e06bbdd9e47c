import {
  GetFunctionCommand,
  InvokeCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Functions } from '../../../local/cloud.ts';
import type { DeployedFunction } from '../../../local/lambda/configuration.ts';
import { lambda } from '../../../local/lambda/service.ts';
import { AwsError } from '../../../local/service.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const arn = 'arn:aws:lambda:eu-central-1:000000000000:function:start-build';
const deployed: DeployedFunction = {
  name: 'start-build',
  arn,
  handler: 'functions/start-build.handler',
  roleArn: 'arn:aws:iam::000000000000:role/start-build',
  timeout: 30,
  memorySize: 512,
  environment: { TABLE: 'builds' },
  versions: ['1'],
  runtime: 'nodejs24.x',
  modified: Date.UTC(2026, 0, 1),
};
const later: [string, string][] = [];
const functions: Functions = {
  async invoke(name, payload) {
    if (payload === '"throw"')
      return { payload: '{"errorType":"E","errorMessage":"m"}', functionError: 'Unhandled', executedVersion: '1' };
    if (payload === '"busy"') throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    return { payload: JSON.stringify({ name, event: JSON.parse(payload) }), executedVersion: '$LATEST' };
  },
  invokeLater: (name, payload) => later.push([name, payload]),
};
const directory = temporaryDirectory();
let door: Door;
let client: LambdaClient;

beforeAll(async () => {
  const tail = (found: DeployedFunction) => `START ${found.name}\n${'x'.repeat(5000)}END`;
  door = await openDoor([lambda(functions, () => [deployed], tail)], directory.path);
  client = new LambdaClient(door.client());
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

test('a function is invoked by name, partial ARN, ARN and version; its answer and the end of its log come back', async () => {
  const names = [
    ['start-build', arn],
    ['000000000000:function:start-build', arn],
    [arn, arn],
    ['start-build:1', `${arn}:1`],
  ] as const;
  for (const [FunctionName, name] of names) {
    const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: '{"a":"ä"}' }));
    expect(JSON.parse(text(Payload))).toEqual({ name, event: { a: 'ä' } });
  }
  const { LogResult, ExecutedVersion, FunctionError, StatusCode } = await client.send(
    new InvokeCommand({ FunctionName: 'start-build', Qualifier: '1', LogType: 'Tail' }),
  );
  expect({ ExecutedVersion, FunctionError, StatusCode }).toEqual({
    ExecutedVersion: '$LATEST',
    FunctionError: undefined,
    StatusCode: 200,
  });
  const log = Buffer.from(LogResult ?? '', 'base64').toString();
  expect(log).toHaveLength(4096);
  expect(log.endsWith('END')).toBe(true);
});

test('an error of the function is an answer with FunctionError; one of the service is thrown', async () => {
  const FunctionName = 'start-build';
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: '"throw"' }));
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled', ExecutedVersion: '1' });
  expect(JSON.parse(text(answer.Payload))).toEqual({ errorType: 'E', errorMessage: 'm' });
  await expect(client.send(new InvokeCommand({ FunctionName, Payload: '"busy"' }))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    $metadata: { httpStatusCode: 429 },
  });
  await expect(client.send(new InvokeCommand({ FunctionName, Payload: '{' }))).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
  });
  await expect(client.send(new InvokeCommand({ FunctionName: `${arn}:1`, Qualifier: '2' }))).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
  });
});

test('Event queues, DryRun only looks, and both know what is not there', async () => {
  const invoke = (FunctionName: string, InvocationType: 'Event' | 'DryRun') =>
    client.send(new InvokeCommand({ FunctionName, InvocationType, Payload: '{}' }));
  expect((await invoke('start-build', 'Event')).StatusCode).toBe(202);
  expect((await invoke('start-build', 'DryRun')).StatusCode).toBe(204);
  expect(later).toEqual([[arn, '{}']]);
  await expect(invoke('none', 'Event')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('functions are described and listed in their own region', async () => {
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: 'start-build' }));
  expect(Configuration).toMatchObject({
    FunctionName: 'start-build',
    FunctionArn: arn,
    Handler: 'functions/start-build.handler',
    Role: 'arn:aws:iam::000000000000:role/start-build',
    Environment: { Variables: { TABLE: 'builds' } },
    State: 'Active',
  });
  expect((await client.send(new ListFunctionsCommand({}))).Functions?.map((found) => found.FunctionName)).toEqual([
    'start-build',
  ]);
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: 'start-build' }));
  expect(Versions?.map((version) => version.FunctionArn)).toEqual([arn, `${arn}:1`]);
  const elsewhere = new LambdaClient(door.client({ region: 'us-east-1' }));
  expect((await elsewhere.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
});
