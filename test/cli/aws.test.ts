import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localConnection } from '../../cli/aws/connection.ts';
import { openStack } from '../../cli/aws/stack.ts';
import { listResources } from '../../cli/aws/tagged-resources.ts';
import { findImage } from '../../cli/commands/find-image.ts';
import type { PutResourcesInput } from '../../shared/model/put-resources.ts';
import { type Answer, type AwsServer, awsServer, json, lambda, stackAnswer } from './aws-server.ts';
import { image } from './image.ts';

let cloud: AwsServer;
let answers: AwsServer['answers'];
let requests: AwsServer['requests'];

beforeEach(async () => {
  cloud = await awsServer();
  ({ answers, requests } = cloud);
});
afterEach(() => cloud.close());

const connection = () => localConnection(cloud.endpoint);
const open = () => openStack(connection(), 'local');

describe('the stack', () => {
  test('is found by its name', async () => {
    await open();
    expect(requests[0]!.body).toContain('StackName=serverless-image-builder-local');
  });

  test('that is not deployed is told with what to do', async () => {
    const message = 'Stack with id serverless-image-builder-local does not exist';
    const error = `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error></ErrorResponse>`;
    answers.DescribeStacks = () => ({ status: 400, body: error });
    await expect(open()).rejects.toThrow(
      /^The stack serverless-image-builder-local is not deployed in us-east-1\.\nDeploy it with `npx sls deploy --stage local`/,
    );
  });

  test('of another version is told too', async () => {
    answers.DescribeStacks = () => ({ body: stackAnswer.replace('PutResourcesFunctionName', 'Other') });
    await expect(open()).rejects.toThrow(
      'The stack serverless-image-builder-local has no output PutResourcesFunctionName: deploy it again',
    );
  });

  test('behind a closed door gets advice', async () => {
    const closed = localConnection('http://127.0.0.1:9');
    await expect(openStack(closed, 'local')).rejects.toThrow(
      /^Could not find the stack serverless-image-builder-local: .*ECONNREFUSED.*\nNothing listens/,
    );
  });
});

describe('functions', () => {
  const input = { components: [], files: [], pipeline: { name: 'web' } } as unknown as PutResourcesInput;

  test('are called with JSON', async () => {
    answers[lambda('start-build')] = () => json({ imageBuildVersionArn: 'a', executionArn: 'b' });
    const stack = await open();
    expect(await stack.startBuild({ imagePipelineName: 'web', clientToken: 't' })).toEqual({
      imageBuildVersionArn: 'a',
      executionArn: 'b',
    });
    expect(JSON.parse(requests.at(-1)!.body)).toEqual({ imagePipelineName: 'web', clientToken: 't' });
  });

  test('that refuse the input end the command with 2', async () => {
    answers[lambda('put-resources')] = () => ({
      headers: { 'x-amz-function-error': 'Unhandled' },
      body: '{"errorType":"InvalidRequestError","errorMessage":"no such component"}',
    });
    const stack = await open();
    const message = 'Could not register the pipeline web: InvalidRequestError: no such component';
    await expect(stack.putResources(input)).rejects.toMatchObject({ exitCode: 2, message });
  });

  test('that are not there are named', async () => {
    answers[lambda('put-resources')] = () => ({
      status: 404,
      headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
      body: '{"Message":"Function not found: put-resources"}',
    });
    const stack = await open();
    await expect(stack.putResources(input)).rejects.toThrow(
      'Could not register the pipeline web: ResourceNotFoundException: Function not found: put-resources',
    );
  });
});

describe('images', () => {
  const item = (build: number) => ({
    arn: { S: `image-${build}` },
    name: { S: 'Hello Web' },
    version: { S: `1.0.0/${build}` },
  });

  test('are read by ARN', async () => {
    answers.GetItem = () => json({ Item: { arn: { S: 'x' }, timeline: { M: {} } } });
    const stack = await open();
    expect(await stack.readImage('x')).toEqual({ arn: 'x', timeline: {} });
    expect(JSON.parse(requests.at(-1)!.body)).toEqual({
      TableName: 'images',
      Key: { pk: { S: 'x' }, sk: { S: 'image' } },
      ConsistentRead: true,
    });
    answers.GetItem = () => json({});
    expect(await stack.readImage('y')).toBeUndefined();
  });

  test('are listed newest first, a page at a time', async () => {
    answers.Query = ({ body }) => {
      const start = JSON.parse(body).ExclusiveStartKey;
      return json(start ? { Items: [item(1)] } : { Items: [item(3), item(2)], LastEvaluatedKey: { pk: { S: 'two' } } });
    };
    const stack = await open();
    const versions = [];
    for await (const { version } of stack.newestImages()) versions.push(version);
    expect(versions).toEqual(['1.0.0/3', '1.0.0/2', '1.0.0/1']);
    expect(JSON.parse(requests.at(-1)!.body)).toMatchObject({ IndexName: 'listed-by-date', ScanIndexForward: false });
  });

  test('are found by name and version too', async () => {
    answers.Query = () => json({ Items: [item(3), item(2)] });
    // Lists hold no timelines: what was found is read.
    answers.GetItem = ({ body }) => {
      const [, build] = /image-(\d)/.exec(JSON.parse(body).Key.pk.S)!;
      return json({ Item: item(Number(build)) });
    };
    const stack = await open();
    expect((await findImage(stack, 'hello-web')).arn).toBe('image-3');
    expect((await findImage(stack, 'hello-web/1.0.0')).arn).toBe('image-3');
    expect((await findImage(stack, 'hello-web/1.0.0/2')).arn).toBe('image-2');
    await expect(findImage(stack, 'hello-web/1.0.1')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('There is no image hello-web/1.0.1'),
    });
    await expect(findImage(stack, image().sourcePipelineArn)).rejects.toThrow(
      'is not the ARN of an image build version',
    );
  });
});

describe('component logs', () => {
  test('are read as lines, from where the last page ended', async () => {
    answers.GetLogEvents = () =>
      json({ events: [{ message: 'one\ntwo\n' }, { message: 'three' }], nextForwardToken: 'f/2' });
    const stack = await open();
    expect(await stack.readLog('group', 'stream', 'f/1')).toEqual({ lines: ['one', 'two', 'three'], token: 'f/2' });
    expect(JSON.parse(requests.at(-1)!.body)).toMatchObject({
      logGroupName: 'group',
      logStreamName: 'stream',
      startFromHead: true,
      nextToken: 'f/1',
    });
  });

  test('that are not there yet are empty', async () => {
    answers.GetLogEvents = () => ({
      status: 400,
      body: '{"__type":"ResourceNotFoundException","message":"The specified log stream does not exist."}',
    });
    const stack = await open();
    expect(await stack.readLog('group', 'stream')).toEqual({ lines: [] });
  });
});

test('a build is cancelled by name', async () => {
  answers.StopExecution = () => json({ stopDate: 1 });
  const stack = await open();
  await stack.cancel('arn:execution');
  expect(JSON.parse(requests.at(-1)!.body)).toEqual({
    executionArn: 'arn:execution',
    error: 'CancelledError',
    cause: 'Cancelled from the command line',
  });
});

describe('resources', () => {
  const tags =
    '<tagSet><item><key>serverless-image-builder:image</key><value>image-1</value></item><item><key>serverless-image-builder:entry</key><value>SnapshotAmi#0#0</value></item></tagSet>';
  const xml = (operation: string, content: string): Answer => ({
    body: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${content}</${operation}Response>`,
  });

  test('are looked for in every region by our tag, and terminated instances are none', async () => {
    answers.DescribeRegions = () =>
      xml(
        'DescribeRegions',
        '<regionInfo><item><regionName>us-east-1</regionName></item><item><regionName>eu-west-1</regionName></item></regionInfo>',
      );
    const instance = (id: string, state: string) =>
      `<item><instanceId>${id}</instanceId><instanceState><name>${state}</name></instanceState>${tags}</item>`;
    answers.DescribeInstances = ({ region }) =>
      xml(
        'DescribeInstances',
        region === 'us-east-1'
          ? `<reservationSet><item><ownerId>000000000000</ownerId><instancesSet>${instance('i-1', 'running')}${instance('i-2', 'terminated')}</instancesSet></item></reservationSet>`
          : '',
      );
    answers.DescribeVolumes = ({ region }) =>
      xml(
        'DescribeVolumes',
        region === 'eu-west-1'
          ? `<volumeSet><item><volumeId>vol-1</volumeId><status>available</status>${tags}</item></volumeSet>`
          : '',
      );
    answers.DescribeImages = ({ region }) =>
      xml(
        'DescribeImages',
        region === 'eu-west-1'
          ? `<imagesSet><item><imageId>ami-1</imageId><imageOwnerId>000000000000</imageOwnerId><imageState>available</imageState>${tags}<blockDeviceMapping><item><ebs><snapshotId>snap-1</snapshotId></ebs></item></blockDeviceMapping></item></imagesSet>`
          : '',
      );
    answers.DescribeSnapshots = ({ region }) =>
      xml(
        'DescribeSnapshots',
        region === 'eu-west-1'
          ? `<snapshotSet><item><snapshotId>snap-1</snapshotId><ownerId>000000000000</ownerId><status>completed</status></item></snapshotSet>`
          : '',
      );
    answers.DescribeParameters = ({ region }) =>
      json({
        Parameters:
          region === 'us-east-1'
            ? [{ Name: '/web/ami', ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/web/ami' }]
            : [],
      });
    answers.ListTagsForResource = () =>
      json({ TagList: [{ Key: 'serverless-image-builder:image', Value: 'image-1' }] });
    expect(await listResources(connection())).toEqual([
      {
        ...{ kind: 'volume', id: 'vol-1', region: 'eu-west-1', state: 'available', image: 'image-1' },
        ...{ entry: 'SnapshotAmi#0#0', of: [] },
      },
      {
        kind: 'image',
        id: 'ami-1',
        region: 'eu-west-1',
        accountId: '000000000000',
        state: 'available',
        image: 'image-1',
        entry: 'SnapshotAmi#0#0',
      },
      {
        ...{ kind: 'snapshot', id: 'snap-1', region: 'eu-west-1', accountId: '000000000000', state: 'completed' },
        of: ['ami-1'],
      },
      {
        kind: 'instance',
        id: 'i-1',
        region: 'us-east-1',
        accountId: '000000000000',
        state: 'running',
        image: 'image-1',
        entry: 'SnapshotAmi#0#0',
      },
      {
        kind: 'parameter',
        id: '/web/ami',
        region: 'us-east-1',
        accountId: '000000000000',
        state: 'available',
        image: 'image-1',
      },
    ]);
    const looks = requests.filter(({ operation }) =>
      /^Describe(?:Instances|Volumes|Images|Snapshots)$/.test(operation),
    );
    expect(looks).toHaveLength(8);
    for (const { body } of looks)
      expect(body).toContain('Filter.1.Name=tag-key&Filter.1.Value.1=serverless-image-builder%3Aimage');
  });

  test('that may not be listed are told with the region', async () => {
    answers.DescribeRegions = () =>
      xml('DescribeRegions', '<regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo>');
    const denied =
      '<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>';
    answers.DescribeInstances = () => ({ status: 403, body: denied });
    answers.DescribeVolumes = () => xml('DescribeVolumes', '');
    answers.DescribeImages = () => xml('DescribeImages', '');
    answers.DescribeSnapshots = () => xml('DescribeSnapshots', '');
    answers.DescribeParameters = () => json({});
    await expect(listResources(connection())).rejects.toThrow(
      /Could not list the resources in eu-west-1: UnauthorizedOperation: You are not authorized\n.*lack this permission/,
    );
  });
});
