// Parameter Store as the AWS SDK sees it: versions, paths, tags, the public AMI parameters, and parameters that hold an AMI.
import { CreateImageCommand, DescribeImagesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
} from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../door/open-door.ts';
import { debian, type OpenCloud, openCloud } from '../ec2/open-cloud.ts';

let cloud: OpenCloud;
beforeAll(async () => {
  cloud = await openCloud();
});
afterAll(() => cloud.close());

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  cloud.ssm().send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const get = async (Name: string, options = {}) =>
  (await cloud.ssm(options).send(new GetParameterCommand({ Name }))).Parameter!;

describe('a parameter', () => {
  test('has versions; an older one can be read by its number', async () => {
    expect(await put('/app/ami', 'one', { Description: 'the AMI' })).toMatchObject({ Version: 1, Tier: 'Standard' });
    await expect(put('/app/ami', 'two')).rejects.toMatchObject({ name: 'ParameterAlreadyExists' });
    expect(await put('/app/ami', 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
    expect(await get('/app/ami')).toMatchObject({
      Name: '/app/ami',
      Type: 'String',
      Value: 'two',
      Version: 2,
      DataType: 'text',
      ARN: 'arn:aws:ssm:eu-central-1:000000000000:parameter/app/ami',
      LastModifiedDate: expect.any(Date),
    });
    expect((await get('/app/ami:1')).Value).toBe('one');
    expect((await get('arn:aws:ssm:eu-central-1:000000000000:parameter/app/ami')).Value).toBe('two');
    await expect(get('/app/ami:9')).rejects.toMatchObject({ name: 'ParameterVersionNotFound' });
    expect(
      cloud.events.filter((event) => event['detail-type'] === 'Parameter Store Change').map((event) => event.detail),
    ).toEqual([
      { operation: 'Create', name: '/app/ami', type: 'String', description: 'the AMI' },
      { operation: 'Update', name: '/app/ami', type: 'String', description: 'the AMI' },
    ]);
  });

  test('is one of its account and region', async () => {
    await put('/mine', 'x');
    for (const options of [{ account: '111111111111' }, { region: 'us-east-1' }]) {
      await expect(get('/mine', options)).rejects.toMatchObject({
        name: 'ParameterNotFound',
        message: 'Parameter /mine not found.',
      });
    }
  });

  test('goes when it is deleted, and cannot be deleted twice', async () => {
    await put('/gone/1', 'x');
    await put('/gone/2', 'x');
    await cloud.ssm().send(new DeleteParameterCommand({ Name: '/gone/1' }));
    await expect(cloud.ssm().send(new DeleteParameterCommand({ Name: '/gone/1' }))).rejects.toMatchObject({
      name: 'ParameterNotFound',
    });
    expect(await cloud.ssm().send(new DeleteParametersCommand({ Names: ['/gone/1', '/gone/2'] }))).toMatchObject({
      DeletedParameters: ['/gone/2'],
      InvalidParameters: ['/gone/1'],
    });
  });

  test('is found by path, by filter and among several names', async () => {
    for (const name of ['/tree/a', '/tree/b', '/tree/deep/c', '/treehouse']) await put(name, name);
    const path = async (more: object) =>
      (await cloud.ssm().send(new GetParametersByPathCommand({ Path: '/tree', ...more }))).Parameters!.map(
        (one) => one.Name,
      );
    expect(await path({})).toEqual(['/tree/a', '/tree/b']);
    expect(await path({ Recursive: true })).toEqual(['/tree/a', '/tree/b', '/tree/deep/c']);
    const first = await cloud.ssm().send(new GetParametersByPathCommand({ Path: '/tree', MaxResults: 1 }));
    expect(
      (await cloud.ssm().send(new GetParametersByPathCommand({ Path: '/tree', NextToken: first.NextToken })))
        .Parameters,
    ).toMatchObject([{ Name: '/tree/b' }]);
    const described = await cloud.ssm().send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/tree/d'] }],
      }),
    );
    expect(described.Parameters).toMatchObject([
      { Name: '/tree/deep/c', Type: 'String', Tier: 'Standard', Version: 1 },
    ]);
    expect(described.Parameters![0]).not.toHaveProperty('Value');
    expect(await cloud.ssm().send(new GetParametersCommand({ Names: ['/tree/a', '/nowhere'] }))).toMatchObject({
      Parameters: [{ Name: '/tree/a', Value: '/tree/a' }],
      InvalidParameters: ['/nowhere'],
    });
  });

  test('has tags, given with it or later, but not with an overwrite', async () => {
    await put('/tagged', 'x', { Tags: [{ Key: 'a', Value: '1' }] });
    const resource = { ResourceType: 'Parameter' as const, ResourceId: '/tagged' };
    await cloud.ssm().send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'b', Value: '2' }] }));
    await cloud.ssm().send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['a'] }));
    expect((await cloud.ssm().send(new ListTagsForResourceCommand(resource))).TagList).toEqual([
      { Key: 'b', Value: '2' },
    ]);
    const { Parameters } = await cloud
      .ssm()
      .send(new DescribeParametersCommand({ ParameterFilters: [{ Key: 'tag:b', Values: ['2'] }] }));
    expect(Parameters!.map((one) => one.Name)).toEqual(['/tagged']);
    await expect(put('/tagged', 'y', { Overwrite: true, Tags: [{ Key: 'a', Value: '1' }] })).rejects.toThrow(
      /tags and overwrite can't be used together/,
    );
  });

  test.each<[string, string, string, Partial<PutParameterCommandInput>, string, RegExp]>([
    ['a reserved name', '/aws/mine', 'x', {}, 'AccessDeniedException', /reserved parameter name: \/aws\/mine/],
    ['a name with blanks', '/a b', 'x', {}, 'ValidationException', /only a-zA-Z0-9_.-\/ are allowed/],
    ['no type', '/typeless', 'x', { Type: undefined }, 'ValidationException', /type is required/],
    [
      'a long value',
      '/long',
      'x'.repeat(4097),
      {},
      'ValidationException',
      /maximum parameter value of 4096 characters/,
    ],
    [
      'a value that its pattern refuses',
      '/shape',
      'x',
      { AllowedPattern: '^\\d+$' },
      'ParameterPatternMismatchException',
      /allowedPattern/,
    ],
    ['an unknown data type', '/data', 'x', { DataType: 'aws:ec2:volume' }, 'ValidationException', /aws:ec2:volume/],
  ])('is refused for %s', async (_, name, value, more, code, message) => {
    await expect(put(name, value, more)).rejects.toMatchObject({ name: code, message: expect.stringMatching(message) });
  });

  test('is there after a restart', async () => {
    const directory = temporaryDirectory();
    const first = await openCloud({ stateDirectory: directory.path });
    await first.ssm().send(new PutParameterCommand({ Name: 'kept', Value: 'x', Type: 'String' }));
    await first.crash();
    const second = await openCloud({ stateDirectory: directory.path });
    expect((await second.ssm().send(new GetParameterCommand({ Name: 'kept' }))).Parameter?.Value).toBe('x');
    await second.close();
    directory.remove();
  });
});

describe('the public AMI parameters', () => {
  test.each([
    [
      '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      'Amazon Linux 2023 x86_64',
      '137112412989',
      'amazon',
    ],
    [
      '/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-arm64',
      'Amazon Linux 2023 arm64',
      '137112412989',
      'amazon',
    ],
    [
      '/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2',
      'Amazon Linux 2 x86_64',
      '137112412989',
      'amazon',
    ],
    ['/aws/service/debian/release/13/latest/amd64', 'Debian 13 x86_64', '136693071363', undefined],
    [
      '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id',
      'Ubuntu Server 24.04 x86_64',
      '099720109477',
      undefined,
    ],
  ])('%s resolve to an image that says what stands in for it', async (name, standsFor, owner, alias) => {
    const parameter = await get(name, { region: 'us-east-1' });
    expect(parameter).toMatchObject({
      Name: name,
      Type: 'String',
      DataType: 'aws:ec2:image',
      ARN: `arn:aws:ssm:us-east-1::parameter${name}`,
    });
    const { Images } = await cloud
      .ec2({ region: 'us-east-1' })
      .send(new DescribeImagesCommand({ ImageIds: [parameter.Value!] }));
    expect(Images).toMatchObject([{ OwnerId: owner, State: 'available', Public: true }]);
    expect(Images![0]!.ImageOwnerAlias).toBe(alias);
    expect(Images![0]!.Description).toContain(`stands in for ${standsFor} (${name})`);
    expect((await get(name, { region: 'us-east-1' })).Value).toBe(parameter.Value);
    expect((await get(name)).Value).not.toBe(parameter.Value);
  });

  test('that do not exist are not found', async () => {
    for (const name of [
      '/aws/service/debian/release/12/latest/mips',
      '/aws/service/ami-windows-latest/Windows_Server-2022',
      '/aws/service/debian',
    ]) {
      await expect(get(name)).rejects.toMatchObject({
        name: 'ParameterNotFound',
        message: `Parameter ${name} not found.`,
      });
    }
  });
});

test('a parameter that holds an AMI is there only once its image is available to the account', async () => {
  const image = { DataType: 'aws:ec2:image' };
  await put('/images/wrong', 'ami-00000000000000000', image);
  const request = { ImageId: (await get(debian)).Value!, InstanceType: 't3.micro' as const, MinCount: 1, MaxCount: 1 };
  const InstanceId = (await cloud.ec2().send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!;
  await expect.poll(() => cloud.told(InstanceId)).toContain('running');
  const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId, Name: 'published' }));
  await expect.poll(() => cloud.told(ImageId!)).toEqual(['available']);
  expect(await put('/images/right', ImageId!, image)).toMatchObject({ Version: 1 });
  await expect(get('/images/right')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  await expect
    .poll(() =>
      get('/images/right').then(
        (found) => found.Value,
        () => '',
      ),
    )
    .toBe(ImageId);
  await expect(get('/images/wrong')).rejects.toMatchObject({ name: 'ParameterNotFound' });
});
