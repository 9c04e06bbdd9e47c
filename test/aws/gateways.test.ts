import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amisOf } from '../../shared/aws/amis.ts';
import { commands } from '../../shared/aws/commands.ts';
import { executions } from '../../shared/aws/executions.ts';
import { instancesOf } from '../../shared/aws/instances.ts';
import { logGroups } from '../../shared/aws/log-groups.ts';
import { notices } from '../../shared/aws/notices.ts';
import { parameters } from '../../shared/aws/parameters.ts';

type Answer = { status?: number; body: string };
const error = (code: string, status = 400): Answer => ({
  status,
  body: JSON.stringify({ __type: code, message: 'said' }),
});
const ec2Error = (code: string, status = 400): Answer => ({
  status,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>said</Message></Error></Errors></Response>`,
});

const asked: { operation: string; body: string }[] = [];
let answers: Record<string, Answer> = {};
// An AWS that answers what a test lays out, by operation.
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString();
    const target = request.headers['x-amz-target'];
    const operation = typeof target === 'string' ? target.split('.')[1]! : new URLSearchParams(body).get('Action')!;
    asked.push({ operation, body });
    const { status = 200, body: text } = answers[operation] ?? error('UnknownOperationException');
    response.writeHead(status).end(text);
  });
});
const operations = () => asked.map(({ operation }) => operation);

beforeAll(async () => {
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
  answers = {};
});

describe('another account', () => {
  it('is named in what was tried there, and the snapshots of a failed copy tell what EBS says', async () => {
    const there = amisOf('eu-west-1', { accessKeyId: 'a', secretAccessKey: 'b' }, '111111111111');
    answers = { CopyImage: ec2Error('UnauthorizedOperation', 403) };
    await expect(there.copy({ SourceImageId: 'ami-1', SourceRegion: 'us-east-1', Name: 'n' })).rejects.toMatchObject({
      name: 'AccessDeniedError',
      message: expect.stringMatching(
        /^Tried to copy AMI ami-1 from us-east-1 to eu-west-1 of account 111111111111: .+distribution-role\.yml/,
      ),
    });
    const item =
      '<item><snapshotId>snap-1</snapshotId><statusMessage>Given key ID is not accessible</statusMessage></item>';
    const body = `<DescribeSnapshotsResponse><snapshotSet>${item}</snapshotSet></DescribeSnapshotsResponse>`;
    answers = { DescribeSnapshots: { body } };
    expect(await there.snapshotsOf([])).toMatchObject([{ id: 'snap-1', said: 'Given key ID is not accessible' }]);
  });
});

describe('an encrypted AMI', () => {
  it('tells its snapshots, and they tell their keys', async () => {
    const device = (name: string, encrypted: boolean) =>
      `<item><deviceName>${name}</deviceName><ebs><snapshotId>snap-${name}</snapshotId><encrypted>${encrypted}</encrypted></ebs></item>`;
    const mapping = `<blockDeviceMapping>${device('a', true)}${device('b', false)}</blockDeviceMapping>`;
    const image = `<item><imageId>ami-1</imageId><imageState>available</imageState>${mapping}</item>`;
    const snapshot =
      '<item><snapshotId>snap-a</snapshotId><encrypted>true</encrypted><kmsKeyId>arn:key</kmsKeyId></item>';
    answers = {
      DescribeImages: { body: `<DescribeImagesResponse><imagesSet>${image}</imagesSet></DescribeImagesResponse>` },
      DescribeSnapshots: {
        body: `<DescribeSnapshotsResponse><snapshotSet>${snapshot}</snapshotSet></DescribeSnapshotsResponse>`,
      },
    };
    const amis = amisOf('us-east-1');
    expect((await amis.find('ami-1'))?.devices).toEqual([
      { deviceName: 'a', deleteOnTermination: false, encrypted: true, snapshotId: 'snap-a' },
      { deviceName: 'b', deleteOnTermination: false },
    ]);
    expect(await amis.snapshotsOf([])).toMatchObject([{ id: 'snap-a', key: 'arn:key' }]);
  });
});

describe('executions', () => {
  it('one that exists already is left alone', async () => {
    answers = { StartExecution: error('ExecutionAlreadyExists') };
    await executions().start('machine', 'name', { image: 'arn' });
    expect(JSON.parse(asked[0]!.body)).toEqual({ stateMachineArn: 'machine', name: 'name', input: '{"image":"arn"}' });
  });
  it('a success has an empty output, a failure its error and cause', async () => {
    answers = { SendTaskSuccess: { body: '{}' }, SendTaskFailure: { body: '{}' } };
    expect(await executions().complete('t', { ok: true })).toBe(true);
    expect(await executions().complete('t', { ok: false, error: 'DeadlineError', cause: 'x'.repeat(40_000) })).toBe(
      true,
    );
    expect(JSON.parse(asked[0]!.body)).toEqual({ taskToken: 't', output: '{}' });
    const { error: name, cause } = JSON.parse(asked[1]!.body);
    expect([name, cause.length]).toEqual(['DeadlineError', 32_768]);
  });
  it.each(['TaskTimedOut', 'TaskDoesNotExist'])('%s is a late event, not an error', async (code) => {
    answers = { SendTaskSuccess: error(code) };
    expect(await executions().complete('t', { ok: true })).toBe(false);
  });
  it('InvalidToken is our own mistake', async () => {
    answers = { SendTaskSuccess: error('InvalidToken') };
    await expect(executions().complete('t', { ok: true })).rejects.toMatchObject({ name: 'InvalidRequestError' });
  });
});

describe('notices', () => {
  it('an entry that the bus refused is tried again, though the call succeeded', async () => {
    answers = {
      PutEvents: { body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"x"}]}' },
    };
    await expect(notices('bus').putEvent({ detailType: 'It', resources: [], detail: {} })).rejects.toMatchObject({
      name: 'ThrottledError',
      message: 'Event bus bus refused "It": InternalFailure: x',
    });
  });
  it('go out under our own source', async () => {
    answers = { PutEvents: { body: '{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}' } };
    await notices('bus').putEvent({ detailType: 'It', resources: ['arn'], detail: { a: 1 } });
    expect(JSON.parse(asked[0]!.body).Entries).toEqual([
      {
        EventBusName: 'bus',
        Source: 'serverless-image-builder',
        DetailType: 'It',
        Resources: ['arn'],
        Detail: '{"a":1}',
      },
    ]);
  });
});

describe('Run Command', () => {
  it('a command that is not shown yet is undefined; details lose their blanks', async () => {
    answers = { GetCommandInvocation: error('InvocationDoesNotExist') };
    expect(await commands().look('c', 'i')).toBeUndefined();
    answers = {
      GetCommandInvocation: { body: '{"Status":"TimedOut","StatusDetails":"Delivery Timed Out","ResponseCode":-1}' },
    };
    expect(await commands().look('c', 'i')).toEqual({
      status: 'TimedOut',
      statusDetails: 'DeliveryTimedOut',
      exitCode: -1,
      stdout: '',
      stderr: '',
    });
  });
  it('there is nothing to cancel in a command that is forgotten', async () => {
    answers = { CancelCommand: error('InvalidCommandId') };
    await commands().cancel('c', 'i');
    answers = { CancelCommand: error('AccessDeniedException') };
    await expect(commands().cancel('c', 'i')).rejects.toMatchObject({ name: 'AccessDeniedError' });
  });
  it('an agent that is not online is NotReadyError', async () => {
    answers = { SendCommand: error('InvalidInstanceId') };
    const request = { instanceId: 'i', script: 's', comment: 'hello', executionTimeoutSeconds: 60, logGroupName: '/g' };
    await expect(commands().send(request)).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining('Tried to run "hello" on instance i'),
    });
    expect(JSON.parse(asked[0]!.body)).toMatchObject({
      Parameters: { commands: ['s'], executionTimeout: ['60'] },
      CloudWatchOutputConfig: { CloudWatchOutputEnabled: true, CloudWatchLogGroupName: '/g' },
    });
  });
});

describe('log groups and parameters', () => {
  it('a group that is there gets its retention all the same', async () => {
    answers = { CreateLogGroup: error('ResourceAlreadyExistsException'), PutRetentionPolicy: { body: '{}' } };
    await logGroups().ensure('/g', 30);
    expect(operations()).toEqual(['CreateLogGroup', 'PutRetentionPolicy']);
  });
  it('a parameter that does not exist is missed by name', async () => {
    answers = { GetParameter: error('ParameterNotFound') };
    await expect(parameters().value('/images/base')).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('Tried to read SSM parameter /images/base'),
    });
  });
});

describe('EC2', () => {
  it('want of room is asked once, though it comes as a 500', async () => {
    answers = { RunInstances: ec2Error('InsufficientInstanceCapacity', 500) };
    const request = { ImageId: 'ami-1', InstanceType: 'm5.large' as const, MinCount: 1, MaxCount: 1 };
    await expect(instancesOf('us-east-1').run(request)).rejects.toMatchObject({
      name: 'CapacityError',
      message: expect.stringContaining('Tried to launch a m5.large from ami-1 in us-east-1'),
    });
    expect(operations()).toEqual(['RunInstances']);
  });
  it('an instance that does not exist is undefined to a look and to an end', async () => {
    const notFound = ec2Error('InvalidInstanceID.NotFound');
    answers = { DescribeInstances: notFound, TerminateInstances: notFound };
    expect(await instancesOf('us-east-1').find('i-1')).toBeUndefined();
    expect(await instancesOf('us-east-1').terminate('i-1')).toBeUndefined();
  });
  it('an AMI is read with its root and its EBS devices', async () => {
    const device = (name: string, more: string) => `<item><deviceName>${name}</deviceName>${more}</item>`;
    const devices = [
      device('/dev/xvda', '<ebs><deleteOnTermination>true</deleteOnTermination></ebs>'),
      device('/dev/sdf', '<ebs><deleteOnTermination>false</deleteOnTermination></ebs>'),
      device('/dev/sdg', '<virtualName>ephemeral0</virtualName>'),
    ].join('');
    const item = `<item><imageId>ami-1</imageId><imageState>available</imageState><rootDeviceType>ebs</rootDeviceType><blockDeviceMapping>${devices}</blockDeviceMapping></item>`;
    answers = {
      DescribeImages: { body: `<DescribeImagesResponse><imagesSet>${item}</imagesSet></DescribeImagesResponse>` },
    };
    expect(await amisOf('us-east-1').find('ami-1')).toMatchObject({
      rootDeviceType: 'ebs',
      devices: [
        { deviceName: '/dev/xvda', deleteOnTermination: true },
        { deviceName: '/dev/sdf', deleteOnTermination: false },
      ],
    });
  });
  it('stopping and ending tell what EC2 shows then', async () => {
    const item = '<item><instanceId>i-1</instanceId><currentState><name>shutting-down</name></currentState></item>';
    answers = {
      StopInstances: { body: `<StopInstancesResponse><instancesSet/></StopInstancesResponse>` },
      TerminateInstances: {
        body: `<TerminateInstancesResponse><instancesSet>${item}</instancesSet></TerminateInstancesResponse>`,
      },
    };
    await instancesOf('us-east-1').stop('i-1');
    expect(await instancesOf('us-east-1').terminate('i-1')).toEqual({ id: 'i-1', state: 'shutting-down' });
  });
  it('an instance is read with its state reason', async () => {
    const reason =
      '<stateReason><code>Server.InternalError</code><message>Client.VolumeLimitExceeded: x</message></stateReason>';
    const item = `<item><instanceId>i-1</instanceId><instanceState><name>terminated</name></instanceState>${reason}</item>`;
    answers = {
      DescribeInstances: {
        body: `<DescribeInstancesResponse><reservationSet><item><instancesSet>${item}</instancesSet></item></reservationSet></DescribeInstancesResponse>`,
      },
    };
    expect(await instancesOf('us-east-1').find('i-1')).toEqual({
      id: 'i-1',
      state: 'terminated',
      reason: 'Server.InternalError: Client.VolumeLimitExceeded: x',
    });
  });
  it('AMIs and snapshots that are gone are gone; snapshots still in use are tried again', async () => {
    answers = {
      DescribeImages: ec2Error('InvalidAMIID.Unavailable'),
      DeregisterImage: ec2Error('InvalidAMIID.NotFound'),
      DeleteSnapshot: ec2Error('InvalidSnapshot.NotFound'),
    };
    const amis = amisOf('eu-west-1');
    expect(await amis.find('ami-1')).toBeUndefined();
    expect(await amis.deregister('ami-1')).toBe('gone');
    expect(await amis.deleteSnapshot('snap-1')).toBe('gone');
    answers = { DeleteSnapshot: ec2Error('InvalidSnapshot.InUse') };
    await expect(amis.deleteSnapshot('snap-1')).rejects.toMatchObject({ name: 'NotReadyError' });
  });
});
