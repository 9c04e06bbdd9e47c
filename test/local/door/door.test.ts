import { request as httpRequest } from 'node:http';
import { DescribeRegionsCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { lambda } from '../../../local/lambda/service.ts';
import { AwsError, type Caller, type Input, type Service } from '../../../local/service.ts';
import { sts } from '../../../local/sts/service.ts';
import { type Door, openDoor, temporaryDirectory } from './open-door.ts';

const directory = temporaryDirectory();
const calls: { input: Input; caller: Caller }[] = [];
const clock = testClock();
let door: Door;

// A service of each protocol that notes what reached it, and answers with what the protocols find hard.
const ec2: Service = {
  signingName: 'ec2',
  protocol: 'ec2',
  version: '2016-11-15',
  operations: {
    RunInstances(input, caller) {
      calls.push({ input, caller });
      const launchTime = new Date(Date.UTC(2026, 0, 2));
      const instance = {
        instanceId: 'i-1',
        launchTime,
        tagSet: [{ key: 'a&b', value: '<c>"\u0007' }],
        ebsOptimized: false,
      };
      return { reservationId: 'r-1', instancesSet: [instance], groupSet: [] };
    },
    DescribeRegions() {
      throw new AwsError('UnauthorizedOperation', 'You may not <look>', 403);
    },
  },
};
const ssm: Service = {
  signingName: 'ssm',
  protocol: 'json',
  targetPrefix: 'AmazonSSM',
  operations: {
    GetParameter(input, caller) {
      calls.push({ input, caller });
      if (input.Name === 'broken') throw new Error('a fault of ours');
      if (input.Name === 'none') throw new AwsError('ParameterNotFound', 'No parameter none');
      return { Parameter: { Name: input.Name, LastModifiedDate: new Date(1_500), Value: undefined } };
    },
  },
};

beforeAll(async () => {
  const services: Parameters<typeof openDoor>[0] = [ec2, ssm];
  door = await openDoor(services, directory.path, clock);
  services.push(
    sts(door.credentials, () => true),
    lambda(
      { invoke: async () => ({ payload: '1', executedVersion: '$LATEST' }), invokeLater() {} },
      () => [],
      () => '',
    ),
  );
});

afterAll(async () => {
  await door.close();
  directory.remove();
});

test('EC2: forms become nested input with lists, output becomes XML that the SDK reads back', async () => {
  const client = new EC2Client(door.client({ region: 'ap-south-1', account: '123456789012' }));
  const answer = await client.send(
    new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      SecurityGroupIds: ['sg-1', 'sg-2'],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'k', Value: 'ä b&c' }] }],
    }),
  );
  expect(calls.at(-1)).toMatchObject({
    input: {
      MinCount: '1',
      SecurityGroupId: ['sg-1', 'sg-2'],
      TagSpecification: [{ ResourceType: 'instance', Tag: [{ Key: 'k', Value: 'ä b&c' }] }],
    },
    caller: { accountId: '123456789012', region: 'ap-south-1', principalArn: 'arn:aws:iam::123456789012:root' },
  });
  expect(answer).toMatchObject({
    ReservationId: 'r-1',
    Instances: [
      {
        InstanceId: 'i-1',
        LaunchTime: new Date('2026-01-02'),
        Tags: [{ Key: 'a&b', Value: '<c>"\ufffd' }],
        EbsOptimized: false,
      },
    ],
  });
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
});

test('EC2: errors keep code, message and status; an operation that is not there is an InvalidAction', async () => {
  const client = new EC2Client(door.client());
  await expect(client.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
    message: 'You may not <look>',
    $metadata: { httpStatusCode: 403, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  });
  const { EC2Client: _, ...commands } = await import('@aws-sdk/client-ec2');
  await expect(client.send(new commands.CreateVpcCommand({}))).rejects.toMatchObject({
    name: 'InvalidAction',
    message: "The action CreateVpc is not valid for this web service: the local cloud's ec2 does not have it",
  });
});

test('JSON: times are epoch seconds, undefined is left out, errors have their type', async () => {
  const client = new SSMClient(door.client());
  const { Parameter } = await client.send(new GetParameterCommand({ Name: 'p', WithDecryption: true }));
  expect(Parameter).toEqual({ Name: 'p', LastModifiedDate: new Date(1_500) });
  expect(calls.at(-1)?.input).toEqual({ Name: 'p', WithDecryption: true });
  await expect(client.send(new GetParameterCommand({ Name: 'none' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
    message: 'No parameter none',
  });
  const { ListDocumentsCommand } = await import('@aws-sdk/client-ssm');
  await expect(client.send(new ListDocumentsCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: "The local cloud's ssm has no operation AmazonSSM.ListDocuments",
  });
});

test('a fault of ours is a 500 that says what happened, and is reported', async () => {
  const client = new SSMClient(door.client());
  await expect(client.send(new GetParameterCommand({ Name: 'broken' }))).rejects.toMatchObject({
    name: 'InternalFailure',
    message: 'The local cloud failed on eu-central-1 000000000000 ssm GetParameter: Error: a fault of ours',
    $metadata: { httpStatusCode: 500 },
  });
  expect(door.faults).toEqual(['eu-central-1 000000000000 ssm GetParameter: Error: a fault of ours']);
});

test('REST: what is not there is told in JSON', async () => {
  const client = new LambdaClient(door.client());
  await expect(client.send(new GetFunctionCommand({ FunctionName: 'nobody' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Function not found: arn:aws:lambda:eu-central-1:000000000000:function:nobody',
  });
  const { ListLayersCommand } = await import('@aws-sdk/client-lambda');
  await expect(client.send(new ListLayersCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: "The local cloud's lambda has no operation GET /2018-10-31/layers",
  });
});

test('a service that is not there is named, with those that are', async () => {
  await expect(new SNSClient(door.client()).send(new ListTopicsCommand({}))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: "The local cloud has no service 'sns'; it has ec2, lambda, ssm, sts",
  });
});

test('callers: any key is the home account, twelve digits that account, an assumed role its own', async () => {
  const identity = async (client: STSClient) => client.send(new GetCallerIdentityCommand({}));
  expect(await identity(new STSClient(door.client()))).toMatchObject({
    Account: '000000000000',
    Arn: 'arn:aws:iam::000000000000:root',
  });
  const other = new STSClient(door.client({ account: '123456789012' }));
  expect(await identity(other)).toMatchObject({ Account: '123456789012' });

  const RoleArn = 'arn:aws:iam::222222222222:role/path/Builder';
  const { Credentials, AssumedRoleUser } = await other.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 'build-1' }),
  );
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  expect(Credentials?.Expiration).toEqual(new Date(clock.now() + 3_600_000));
  const assumed = new STSClient({ ...door.client(), credentials });
  expect(await identity(assumed)).toMatchObject({
    Account: '222222222222',
    Arn: 'arn:aws:sts::222222222222:assumed-role/Builder/build-1',
  });
  expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::222222222222:assumed-role/Builder/build-1');

  await new SSMClient({ ...door.client(), credentials }).send(new GetParameterCommand({ Name: 'p' }));
  expect(calls.at(-1)?.caller).toMatchObject({ accountId: '222222222222', principalArn: RoleArn });

  const refusal = (changed: object) =>
    identity(new STSClient({ ...door.client(), credentials: { ...credentials, ...changed } }));
  await expect(refusal({ secretAccessKey: 'guessed' })).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  await expect(refusal({ sessionToken: `${credentials.sessionToken}x` })).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
  await expect(refusal({ sessionToken: undefined })).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
  await clock.advance(3_600_001);
  await expect(refusal({})).rejects.toMatchObject({ name: 'ExpiredToken' });
});

test('a function key is checked on every protocol, with awkward paths and queries', async () => {
  const keys = door.credentials.issue('arn:aws:iam::000000000000:role/start-build', 'start-build');
  const client = { ...door.client(), credentials: keys };
  const name = 'arn:aws:lambda:eu-central-1:000000000000:function:a';
  await expect(
    new LambdaClient(client).send(new GetFunctionCommand({ FunctionName: name, Qualifier: '$LATEST' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: `Function not found: ${name}:$LATEST` });
  await new EC2Client(client).send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
  expect(calls.at(-1)?.caller.principalArn).toBe('arn:aws:iam::000000000000:role/start-build');
  await new SSMClient(client).send(new GetParameterCommand({ Name: 'ü' }));
  expect(calls.at(-1)?.caller.principalArn).toBe('arn:aws:iam::000000000000:role/start-build');
});

test('browsers and unsigned requests are turned away', async () => {
  expect(await raw({ host: 'rebound.example.com' })).toMatchObject({ status: 403, type: 'AccessDeniedException' });
  expect(await raw({ origin: 'https://example.com' })).toMatchObject({ status: 403, type: 'AccessDeniedException' });
  expect(await raw({})).toMatchObject({ status: 403, type: 'MissingAuthenticationToken' });
  expect(await raw({ authorization: 'Basic eA==' })).toMatchObject({ status: 400, type: 'IncompleteSignature' });
});

function raw(headers: Record<string, string>): Promise<{ status: number | undefined; type: unknown; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(door.endpoint, { headers, method: 'POST' }, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      resolve({
        status: incoming.statusCode,
        type: incoming.headers['x-amzn-errortype'],
        body: Buffer.concat(chunks).toString(),
      });
    });
    outgoing.on('error', reject).end();
  });
}
