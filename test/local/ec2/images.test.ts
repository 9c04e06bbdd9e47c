// Images as the AWS SDK sees them: made from a running instance, copied, shared, deprecated, ended.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyImageCommand,
  type CopyImageCommandInput,
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeSnapshotAttributeCommand,
  DescribeSnapshotsCommand,
  DisableImageDeprecationCommand,
  EnableImageDeprecationCommand,
  type Image,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

let cloud: OpenCloud;
let base: string;
let builder: string;
let names = 0;
let name: string;

const scope = { accountId: '000000000000', region: 'eu-central-1' };
const elsewhere = { region: 'us-east-1' };

let ahead = 0;

beforeAll(async () => {
  cloud = await openCloud({ clock: { ...realClock, now: () => Date.now() + ahead } });
  base = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
  builder = await launch(base);
  await sh(builder, 'echo built >/etc/built; echo secret >/tmp/not-on-disk');
});
afterAll(() => cloud.close());
beforeEach(() => {
  name = `image ${names++}`;
});

async function launch(ImageId: string, options: { region?: string; account?: string } = {}): Promise<string> {
  const request = {
    ImageId,
    InstanceType: 't3.micro' as const,
    MinCount: 1,
    MaxCount: 1,
    IamInstanceProfile: { Name: 'builder' },
  };
  const id = (await cloud.ec2(options).send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!;
  await cloud.instances.whenOnline(id, AbortSignal.timeout(5000));
  return id;
}

async function sh(instanceId: string, text: string): Promise<string[]> {
  const lines: string[] = [];
  const take = (more: string[]) => void lines.push(...more);
  await cloud.instances.run(instanceId, `run-${names}`, {
    ...{ text, directory: '/run/run', workingDirectory: '/', environment: { RUN: name }, stdout: take, stderr: take },
  });
  return lines;
}

const look = async (id: string, options: { region?: string; account?: string } = {}): Promise<Image> =>
  (await cloud.ec2(options).send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0]!;
const state = async (id: string, options = {}) => (await look(id, options)).State;

async function create(more: { NoReboot?: boolean } = {}): Promise<string> {
  const { ImageId } = await cloud.ec2().send(
    new CreateImageCommand({
      InstanceId: builder,
      Name: name,
      Description: 'made here',
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'kind', Value: 'image' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'kind', Value: 'snapshot' }] },
      ],
      ...more,
    }),
  );
  return ImageId!;
}
async function available(): Promise<string> {
  const id = await create();
  await expect.poll(() => state(id)).toBe('available');
  return id;
}
const copy = async (SourceImageId: string, more: Partial<CopyImageCommandInput> = {}) =>
  (
    await cloud
      .ec2(elsewhere)
      .send(new CopyImageCommand({ SourceImageId, SourceRegion: 'eu-central-1', Name: name, ...more }))
  ).ImageId!;

describe('an image of an instance', () => {
  test('is pending, then available, with an event whose keys are capitalised and whose ARN has no account', async () => {
    const id = await create();
    expect(await look(id)).toMatchObject({
      State: 'pending',
      Name: name,
      Description: 'made here',
      OwnerId: scope.accountId,
      Public: false,
      SourceInstanceId: builder,
      SourceImageId: base,
      Tags: [{ Key: 'kind', Value: 'image' }],
    });
    await expect.poll(() => state(id)).toBe('available');
    const { SnapshotId } = (await look(id)).BlockDeviceMappings![0]!.Ebs!;
    const { Snapshots } = await cloud.ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId!] }));
    expect(Snapshots).toMatchObject([
      {
        State: 'completed',
        Description: `Created by CreateImage(${builder}) for ${id}`,
        Tags: [{ Key: 'kind', Value: 'snapshot' }],
      },
    ]);
    expect(cloud.events.filter((event) => event.detail.ImageId === id)).toEqual([
      {
        source: 'aws.ec2',
        'detail-type': 'EC2 AMI State Change',
        account: scope.accountId,
        region: 'eu-central-1',
        resources: [`arn:aws:ec2:eu-central-1::image/${id}`],
        detail: { RequestId: expect.any(String), ImageId: id, State: 'available', ErrorMessage: '' },
      },
    ]);
  });

  test('boots with what was written to the disk, in its own region and as a copy elsewhere', async () => {
    const id = await available();
    const copied = await copy(id);
    await expect.poll(() => state(copied, elsewhere)).toBe('available');
    const [tester, other] = [await launch(id), await launch(copied, elsewhere)];
    expect(await sh(tester, 'cat /etc/built; ls /tmp')).toEqual(['built']);
    expect(await sh(other, 'cat /etc/built')).toEqual(['built']);
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [tester] }));
    await cloud.ec2(elsewhere).send(new TerminateInstancesCommand({ InstanceIds: [other] }));
  });

  test('powers the instance down and up again without a word, unless told not to', async () => {
    const booted = async () =>
      (await sh(builder, 'cat /proc/sys/kernel/random/boot_id; cat /tmp/mark 2>/dev/null')).slice(1);
    await sh(builder, 'touch /tmp/mark; echo on >/tmp/mark');
    const before = cloud.told(builder).length;
    const quiet = await create({ NoReboot: true });
    await expect.poll(() => state(quiet)).toBe('available');
    expect(await booted()).toEqual(['on']);
    name = `${name} again`;
    await available();
    await expect.poll(() => cloud.instances.find(scope, builder)?.online).toBe(true);
    expect(await booted()).toEqual([]);
    expect(cloud.told(builder).length).toBe(before);
  });

  test('fails with the end of its instance before it is available', async () => {
    const other = await launch(base);
    const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId: other, Name: name }));
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [other] }));
    await expect.poll(() => state(ImageId!)).toBe('failed');
    expect((await look(ImageId!)).StateReason?.Code).toBe('Client.InstanceTerminated');
    const event = cloud.events.find((one) => one.detail.ImageId === ImageId);
    expect(event?.detail).toMatchObject({
      State: 'failed',
      ErrorMessage: expect.stringContaining('terminated during AMI creation'),
    });
  });

  test.each<[string, { Name?: string; InstanceId?: string; Description?: string }, string, RegExp]>([
    ['a short name', { Name: 'ab' }, 'InvalidAMIName.Malformed', /between 3 and 128 characters/],
    ['a long description', { Description: 'd'.repeat(256) }, 'InvalidParameterValue', /It exceeds 255 characters/],
    [
      'a description of other signs',
      { Description: 'a — b' },
      'InvalidParameterValue',
      /beyond ASCII are not supported/,
    ],
    ['a name with a colon', { Name: 'a:bcd' }, 'InvalidAMIName.Malformed', /a:bcd/],
    [
      'an unknown instance',
      { InstanceId: 'i-00000000000000000' },
      'InvalidInstanceID.NotFound',
      /^The instance ID 'i-00000000000000000' does not exist$/,
    ],
    [
      'a malformed instance id',
      { InstanceId: 'builder' },
      'InvalidInstanceID.Malformed',
      /^Invalid id: "builder" \(expecting "i-\.\.\."\)$/,
    ],
  ])('is refused for %s', async (_, more, code, message) => {
    const request = { InstanceId: builder, Name: name, ...more };
    await expect(cloud.ec2().send(new CreateImageCommand(request))).rejects.toMatchObject({
      name: code,
      message: expect.stringMatching(message),
    });
  });

  test('has a name that no other has, freed when it is deregistered', async () => {
    const id = await available();
    await expect(create()).rejects.toMatchObject({
      name: 'InvalidAMIName.Duplicate',
      message: `AMI name ${name} is already in use by AMI ${id}`,
    });
    await cloud.ec2().send(new DeregisterImageCommand({ ImageId: id }));
    expect(await available()).not.toBe(id);
  });
});

describe('a copy', () => {
  test('takes its tags and key in the same call, its events stay in its region, and a token finds it again', async () => {
    const id = await available();
    const more: Partial<CopyImageCommandInput> = {
      ClientToken: 'copy-1',
      Encrypted: true,
      KmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/1',
      TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'copied', Value: 'yes' }] }],
      CopyImageTags: true,
    };
    const copied = await copy(id, more);
    expect(await copy(id, more)).toBe(copied);
    await expect(copy(id, { ...more, Description: 'other' })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    await expect.poll(() => state(copied, elsewhere)).toBe('available');
    const image = await look(copied, elsewhere);
    expect(image).toMatchObject({
      SourceImageId: id,
      SourceImageRegion: 'eu-central-1',
      Tags: [{ Key: 'kind', Value: 'image' }],
    });
    const { Snapshots } = await cloud.ec2(elsewhere).send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    const snapshot = Snapshots!.find((one) => one.SnapshotId === image.BlockDeviceMappings![0]!.Ebs!.SnapshotId);
    expect(snapshot).toMatchObject({
      Encrypted: true,
      KmsKeyId: more.KmsKeyId,
      Tags: [{ Key: 'copied', Value: 'yes' }],
    });
    expect(cloud.events.find((event) => event.detail.ImageId === copied)?.region).toBe('us-east-1');
    await expect(look(copied)).rejects.toMatchObject({
      name: 'InvalidAMIID.NotFound',
      message: `The image id '[${copied}]' does not exist`,
    });
  });

  test.each<[string, Partial<CopyImageCommandInput>, string]>([
    ['a key without encryption', { KmsKeyId: 'key' }, 'InvalidParameterDependency'],
    ['an unknown region', { SourceRegion: 'mars-1' }, 'InvalidParameterValue'],
    ['an unknown image', { SourceImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound'],
  ])('is refused for %s', async (_, more, code) => {
    await expect(copy(base, more)).rejects.toMatchObject({ name: code });
  });

  test('by another account needs a launch permission, and permission to read its snapshots', async () => {
    const id = await available();
    const other = cloud.ec2({ account: '222222222222' });
    const request = { SourceImageId: id, SourceRegion: 'eu-central-1', Name: name };
    await expect(other.send(new CopyImageCommand(request))).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await cloud
      .ec2()
      .send(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission: { Add: [{ UserId: '222222222222' }] } }));
    await expect(other.send(new CopyImageCommand(request))).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: 'You do not have permission to access the storage of this ami',
    });
    const SnapshotId = (await look(id)).BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
    const reader = { UserId: '222222222222' };
    const change = (verb: 'Add' | 'Remove') =>
      new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { [verb]: [reader] } });
    await expect(other.send(change('Add'))).rejects.toMatchObject({ name: 'AuthFailure' });
    await cloud.ec2().send(change('Add'));
    const asked = { SnapshotId, Attribute: 'createVolumePermission' as const };
    const { CreateVolumePermissions } = await cloud.ec2().send(new DescribeSnapshotAttributeCommand(asked));
    expect(CreateVolumePermissions).toEqual([reader]);
    expect((await other.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots).toHaveLength(1);
    const { ImageId } = await other.send(new CopyImageCommand(request));
    await cloud.ec2().send(change('Remove'));
    await expect(other.send(new CopyImageCommand({ ...request, Name: `${name}-2` }))).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
    await expect.poll(() => state(ImageId!, { account: '222222222222' })).toBe('available');
    expect((await look(ImageId!, { account: '222222222222' })).OwnerId).toBe('222222222222');
  });
});

describe('sharing', () => {
  const other = { account: '111111111111' };

  test('lets the named account see and launch it, without its tags', async () => {
    const id = await available();
    await expect(look(id, other)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(launch(id, other)).rejects.toMatchObject({
      name: 'AuthFailure',
      message: `Not authorized for images: [${id}]`,
    });
    const modify = (change: object) => cloud.ec2().send(new ModifyImageAttributeCommand({ ImageId: id, ...change }));
    await modify({
      LaunchPermission: {
        Add: [{ UserId: '111111111111' }, { OrganizationArn: 'arn:aws:organizations::1:organization/o-1' }],
      },
    });
    expect(await look(id, other)).toMatchObject({ Public: false, Tags: [] });
    const { Images } = await cloud.ec2(other).send(new DescribeImagesCommand({ ExecutableUsers: ['self'] }));
    expect(Images!.map((image) => image.ImageId)).toEqual([id]);
    const guest = await launch(id, other);
    expect(await sh(guest, 'cat /etc/built')).toEqual(['built']);
    await cloud.ec2(other).send(new TerminateInstancesCommand({ InstanceIds: [guest] }));
    await expect(cloud.ec2(other).send(new DeregisterImageCommand({ ImageId: id }))).rejects.toMatchObject({
      name: 'AuthFailure',
    });

    const permissions = async () =>
      (await cloud.ec2().send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' })))
        .LaunchPermissions;
    expect(await permissions()).toEqual([
      { UserId: '111111111111' },
      { OrganizationArn: 'arn:aws:organizations::1:organization/o-1' },
    ]);
    await modify({ OperationType: 'remove', Attribute: 'launchPermission', UserIds: ['111111111111'] });
    await modify({ LaunchPermission: { Add: [{ Group: 'all' }] } });
    expect(await permissions()).toEqual([
      { OrganizationArn: 'arn:aws:organizations::1:organization/o-1' },
      { Group: 'all' },
    ]);
    expect((await look(id, other)).Public).toBe(true);
    await expect(modify({ LaunchPermission: { Add: [{ UserId: 'me' }] } })).rejects.toMatchObject({
      name: 'InvalidAMIAttributeItemValue',
    });
    await modify({ Description: { Value: 'better' } });
    expect((await look(id)).Description).toBe('better');
  });
});

describe('deprecation', () => {
  test('hides it from others but not from its owner, rounded to the minute', async () => {
    const id = await available();
    await cloud
      .ec2()
      .send(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission: { Add: [{ UserId: '333333333333' }] } }));
    await cloud
      .ec2()
      .send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date('2031-05-05T10:20:40.500Z') }));
    expect((await look(id)).DeprecationTime).toBe('2031-05-05T10:21:00.000Z');
    const find = async (more: object, options = {}) =>
      (await cloud.ec2(options).send(new DescribeImagesCommand({ Owners: [scope.accountId], ...more }))).Images!.map(
        (image) => image.ImageId,
      );
    const other = { account: '333333333333' };
    const Filters = [{ Name: 'image-id', Values: [id] }];
    expect(await find({ Filters }, other)).toEqual([id]);
    ahead = Date.parse('2031-05-05T10:21:01Z') - Date.now();
    expect(await find({ Filters }, other)).toEqual([]);
    expect(await find({ Filters, IncludeDeprecated: true }, other)).toEqual([id]);
    expect(await find({ ImageIds: [id] }, other)).toEqual([id]);
    expect(await find({ Filters })).toEqual([id]);
    ahead = 0;
    await cloud.ec2().send(new DisableImageDeprecationCommand({ ImageId: id }));
    expect((await look(id)).DeprecationTime).toBeUndefined();
    await expect(
      cloud.ec2().send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date(Date.now() - 60_000) })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue', message: expect.stringContaining('not in the past') });
  });
});

describe('the end of an image', () => {
  test('leaves its snapshots, which are in use until then', async () => {
    const id = await available();
    const SnapshotId = (await look(id)).BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
    await expect(cloud.ec2().send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toMatchObject({
      name: 'InvalidSnapshot.InUse',
      message: `The snapshot ${SnapshotId} is currently in use by ${id}`,
    });
    await cloud.ec2().send(new DeregisterImageCommand({ ImageId: id }));
    expect(cloud.told(id)).toEqual(['available', 'deregistered']);
    await expect(look(id)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await cloud.ec2().send(new DeleteSnapshotCommand({ SnapshotId }));
    await expect(cloud.ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).rejects.toMatchObject({
      name: 'InvalidSnapshot.NotFound',
      message: `The snapshot '${SnapshotId}' does not exist`,
    });
  });

  test('while it is made lets its snapshots be completed, or takes the disk away with them', async () => {
    const layers = () => readdirSync(join(cloud.directory, 'ec2/layers')).length;
    const id = await create();
    const SnapshotId = (await look(id)).BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
    await cloud.ec2().send(new DeregisterImageCommand({ ImageId: id }));
    const snapshot = async () =>
      (await cloud.ec2().send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).Snapshots![0]!;
    await expect.poll(async () => (await snapshot()).State).toBe('completed');
    await cloud.ec2().send(new DeleteSnapshotCommand({ SnapshotId }));
    const before = layers();
    const doomed = await create();
    await cloud.ec2().send(new DeregisterImageCommand({ ImageId: doomed, DeleteAssociatedSnapshots: true }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(layers()).toBeLessThanOrEqual(before);
    expect(cloud.told(doomed)).toEqual(['deregistered']);
    await cloud.instances.whenOnline(builder, AbortSignal.timeout(5000));
  });

  test('takes its snapshots along when asked to, and says what became of each', async () => {
    const id = await available();
    const copied = await copy(id);
    await expect.poll(() => state(copied, elsewhere)).toBe('available');
    const SnapshotId = (await look(id)).BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
    const { DeleteSnapshotResults } = await cloud
      .ec2()
      .send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
    expect(DeleteSnapshotResults).toEqual([{ SnapshotId, ReturnCode: 'success' }]);
    const tester = await launch(copied, elsewhere);
    expect(await sh(tester, 'cat /etc/built')).toEqual(['built']);
    await cloud.ec2(elsewhere).send(new TerminateInstancesCommand({ InstanceIds: [tester] }));
  });
});

describe('finding', () => {
  test('the stand-in says what it is, and is found by owner and as public', async () => {
    const image = await look(base);
    expect(image.Description).toMatch(
      /^.+, the root of this machine.*, stands in for Debian 12 x86_64 \(\/aws\/service\/debian\/release\/12\/latest\/amd64\)$/,
    );
    expect(image).toMatchObject({ OwnerId: '136693071363', Public: true, State: 'available', Architecture: 'x86_64' });
    const find = async (more: object) =>
      (await cloud.ec2().send(new DescribeImagesCommand(more))).Images!.map((one) => one.ImageId);
    expect(await find({ Owners: ['136693071363'] })).toEqual([base]);
    expect(
      await find({
        Owners: ['self'],
        Filters: [
          { Name: 'is-public', Values: ['true'] },
          { Name: 'image-id', Values: [base] },
        ],
      }),
    ).toEqual([]);
    expect(await find({ Filters: [{ Name: 'name', Values: ['*stand-in for Debian*'] }] })).toEqual([base]);
    expect(
      await find({
        Owners: ['self'],
        Filters: [
          { Name: 'tag:kind', Values: ['image'] },
          { Name: 'name', Values: ['image 0'] },
        ],
      }),
    ).toHaveLength(1);
    await expect(cloud.ec2().send(new DeregisterImageCommand({ ImageId: base }))).rejects.toMatchObject({
      name: 'AuthFailure',
    });
  });

  test('who asks a publisher for images by name finds one that says what it is', async () => {
    const named = async (owner: string, pattern: string, more: object[] = []) => {
      const Filters = [{ Name: 'name', Values: [pattern] }, { Name: 'state', Values: ['available'] }, ...more];
      return (await cloud.ec2().send(new DescribeImagesCommand({ Owners: [owner], Filters }))).Images!;
    };
    const pattern = 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-????????*';
    const [ubuntu, ...others] = await named('099720109477', pattern);
    expect(others).toEqual([]);
    expect(ubuntu).toMatchObject({
      Name: 'ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-00000000local-stand-in',
      ...{ OwnerId: '099720109477', Architecture: 'x86_64', Public: true },
      Description: expect.stringContaining(
        `stands in for the newest of its name (${pattern} of owner 099720109477, x86_64)`,
      ),
    });
    expect(await named('099720109477', pattern)).toEqual([ubuntu]);
    const arm = [{ Name: 'architecture', Values: ['arm64'] }];
    expect(await named('amazon', 'al2023-ami-2023.*', arm)).toMatchObject([
      { Architecture: 'arm64', ImageOwnerAlias: 'amazon', OwnerId: '137112412989' },
    ]);
    expect(await named('123456789012', 'mine-*')).toEqual([]);
  });

  test('regions can be listed, and an unknown one is refused', async () => {
    const { Regions } = await cloud.ec2().send(new DescribeRegionsCommand({}));
    expect(Regions).toContainEqual({
      RegionName: 'eu-central-1',
      Endpoint: 'ec2.eu-central-1.amazonaws.com',
      OptInStatus: 'opt-in-not-required',
    });
    await expect(cloud.ec2().send(new DescribeRegionsCommand({ RegionNames: ['mars-1'] }))).rejects.toThrow(
      'Invalid region provided: mars-1',
    );
  });

  test('the builder still runs', async () => {
    const { Reservations } = await cloud.ec2().send(new DescribeInstancesCommand({ InstanceIds: [builder] }));
    expect(Reservations![0]!.Instances![0]!.State?.Name).toBe('running');
  });
});
