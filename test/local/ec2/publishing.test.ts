// What publishing sets, in the local EC2 and Systems Manager: launch templates that are launched, protection, public access, exports.
import {
  CancelExportTaskCommand,
  CopyImageCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand,
  DeregisterImageCommand,
  DescribeExportImageTasksCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DisableImageBlockPublicAccessCommand,
  DisableImageDeregistrationProtectionCommand,
  type EC2Client,
  EnableImageBlockPublicAccessCommand,
  EnableImageDeregistrationProtectionCommand,
  ExportImageCommand,
  GetImageBlockPublicAccessStateCommand,
  ModifyImageAttributeCommand,
  ModifyLaunchTemplateCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

let cloud: OpenCloud;
let ec2: EC2Client;
let s3: S3Client;
let base: string;
let image: string;

const eventually = async <Value>(look: () => Promise<Value | undefined>): Promise<Value> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

beforeAll(async () => {
  cloud = await openCloud();
  ec2 = cloud.ec2();
  s3 = cloud.s3();
  base = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: base, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }),
  );
  const instance = Instances![0]!.InstanceId!;
  await eventually(async () => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance] }));
    return Reservations![0]!.Instances![0]!.State!.Name === 'running' ? true : undefined;
  });
  image = (await ec2.send(new CreateImageCommand({ InstanceId: instance, Name: 'web 1' }))).ImageId!;
  await eventually(async () => {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [image] }));
    return Images![0]!.State === 'available' ? true : undefined;
  });
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instance] }));
});
afterAll(() => cloud.close());

let names = 0;
const template = async (ImageId = base) =>
  (
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `template-${++names}`,
        LaunchTemplateData: { ImageId, InstanceType: 't3.micro' },
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: [{ Key: 'team', Value: 'web' }] }],
      }),
    )
  ).LaunchTemplate!.LaunchTemplateId!;

describe('launch templates', () => {
  it('a version inherits from its source, is made once for a token, and its number is never given again', async () => {
    const id = await template();
    const request = {
      LaunchTemplateId: id,
      SourceVersion: '1',
      LaunchTemplateData: { ImageId: image },
      VersionDescription: 'ours',
      ClientToken: 'token',
    };
    const make = () => ec2.send(new CreateLaunchTemplateVersionCommand(request));
    const { LaunchTemplateVersion: made } = await make();
    expect(made).toMatchObject({
      VersionNumber: 2,
      DefaultVersion: false,
      VersionDescription: 'ours',
      LaunchTemplateData: { ImageId: image, InstanceType: 't3.micro' },
    });
    expect((await make()).LaunchTemplateVersion?.VersionNumber).toBe(2);
    await expect(
      ec2.send(new CreateLaunchTemplateVersionCommand({ ...request, SourceVersion: '2' })),
    ).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    const answer = await ec2.send(
      new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: ['1', '2', '9'] }),
    );
    expect(answer.SuccessfullyDeletedLaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber)).toEqual([2]);
    expect(answer.UnsuccessfullyDeletedLaunchTemplateVersions?.map(({ ResponseError }) => ResponseError?.Code)).toEqual(
      ['unexpectedError', 'launchTemplateVersionDoesNotExist'],
    );
    const next = await ec2.send(new CreateLaunchTemplateVersionCommand({ ...request, ClientToken: 'another' }));
    expect(next.LaunchTemplateVersion?.VersionNumber).toBe(3);
    const { LaunchTemplates } = await ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] }));
    expect(LaunchTemplates?.[0]).toMatchObject({
      DefaultVersionNumber: 1,
      LatestVersionNumber: 3,
      Tags: [{ Key: 'team', Value: 'web' }],
    });
  });
  it('an instance is of what $Default says, or $Latest, or a number; what the request says comes first', async () => {
    const id = await template();
    await ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: id,
        SourceVersion: '$Default',
        LaunchTemplateData: { ImageId: image },
      }),
    );
    const launched = async (Version: string | undefined, more: object = {}) => {
      const LaunchTemplate = { LaunchTemplateId: id, ...(Version && { Version }) };
      const request = { LaunchTemplate, MinCount: 1, MaxCount: 1, ...more };
      const { Instances } = await ec2.send(new RunInstancesCommand(request));
      const { InstanceId, ImageId } = Instances![0]!;
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
      return ImageId;
    };
    expect(await launched(undefined)).toBe(base);
    expect(await launched('$Latest')).toBe(image);
    expect(await launched('2', { ImageId: base })).toBe(base);
    await ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: '2' }));
    expect(await launched('$Default')).toBe(image);
    const { LaunchTemplateVersions } = await ec2.send(
      new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateId: id,
        Filters: [{ Name: 'image-id', Values: [image] }],
      }),
    );
    expect(LaunchTemplateVersions?.map((one) => [one.VersionNumber, one.DefaultVersion])).toEqual([[2, true]]);
    await ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }));
    await expect(launched(undefined)).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.NotFound' });
  });
  it('refuses what is not there, and what it does not know', async () => {
    const id = await template();
    const refused: [object, string][] = [
      [
        new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: '7' }),
        'InvalidLaunchTemplateId.VersionNotFound',
      ],
      [new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: ['lt-1'] }), 'InvalidLaunchTemplateId.Malformed'],
      [
        new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: ['none'] }),
        'InvalidLaunchTemplateName.NotFoundException',
      ],
      [
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: `template-${names}`,
          LaunchTemplateData: { ImageId: image },
        }),
        'InvalidLaunchTemplateName.AlreadyExistsException',
      ],
      [
        new CreateLaunchTemplateVersionCommand({ LaunchTemplateId: id, LaunchTemplateData: { RamDiskId: 'ari-1' } }),
        'UnsupportedOperation',
      ],
      [
        new CreateLaunchTemplateVersionCommand({
          LaunchTemplateId: id,
          LaunchTemplateData: { ImageId: image },
          ResolveAlias: true,
        }),
        'UnsupportedOperation',
      ],
    ];
    for (const [command, name] of refused)
      await expect(ec2.send(command as DescribeLaunchTemplatesCommand)).rejects.toMatchObject({ name });
    const other = cloud.ec2({ account: '999999999999' });
    await expect(other.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] }))).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.NotFound',
    });
  });
});

describe('images that stay', () => {
  it('cannot be deregistered while they are protected, nor for a day afterwards', async () => {
    const copy = async (name: string) =>
      (
        await ec2.send(
          new CopyImageCommand({
            Name: name,
            SourceImageId: image,
            SourceRegion: 'eu-central-1',
            SnapshotCopyCompletionDurationMinutes: 30,
          }),
        )
      ).ImageId!;
    const [plain, cooled] = [await copy('plain'), await copy('cooled')];
    await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: plain }));
    await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: cooled, WithCooldown: true }));
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [plain, cooled] }));
    expect(Images?.map(({ DeregistrationProtection }) => DeregistrationProtection).sort()).toEqual([
      'enabled-with-cooldown',
      'enabled-without-cooldown',
    ]);
    const end = (ImageId: string) => ec2.send(new DeregisterImageCommand({ ImageId }));
    const kept = { name: 'OperationNotPermitted' };
    await expect(end(plain)).rejects.toMatchObject(kept);
    for (const ImageId of [plain, cooled]) await ec2.send(new DisableImageDeregistrationProtectionCommand({ ImageId }));
    await end(plain);
    await expect(end(cooled)).rejects.toMatchObject(kept);
  });
  it('a time-based copy takes steps of 15 minutes', async () => {
    const request = { Name: 'odd', SourceImageId: image, SourceRegion: 'eu-central-1' };
    await expect(
      ec2.send(new CopyImageCommand({ ...request, SnapshotCopyCompletionDurationMinutes: 20 })),
    ).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
  it('cannot become public where the account blocks it', async () => {
    const state = async () =>
      (await ec2.send(new GetImageBlockPublicAccessStateCommand({}))).ImageBlockPublicAccessState;
    const share = () =>
      ec2.send(new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add: [{ Group: 'all' }] } }));
    expect(await state()).toBe('unblocked');
    await ec2.send(new EnableImageBlockPublicAccessCommand({ ImageBlockPublicAccessState: 'block-new-sharing' }));
    expect(await state()).toBe('block-new-sharing');
    await expect(share()).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await ec2.send(new DisableImageBlockPublicAccessCommand({}));
    await share();
  });
});

describe('exports', () => {
  const task = async (id: string) =>
    (await ec2.send(new DescribeExportImageTasksCommand({ ExportImageTaskIds: [id] }))).ExportImageTasks![0]!;
  const order = (ClientToken: string, more: object = {}) => ({
    ...{ ImageId: image, DiskImageFormat: 'RAW' as const, ClientToken },
    S3ExportLocation: { S3Bucket: 'exports', S3Prefix: 'images/' },
    ...more,
  });
  beforeAll(async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'exports' }));
  });
  it('write an object whose key is prefix, task and format; the same token is the same task', async () => {
    const { ExportImageTaskId: id } = await ec2.send(new ExportImageCommand(order('one')));
    expect((await ec2.send(new ExportImageCommand(order('one')))).ExportImageTaskId).toBe(id);
    expect(await task(id!)).toMatchObject({ Status: 'active', ImageId: image });
    await eventually(async () => ((await task(id!)).Status === 'completed' ? true : undefined));
    const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'exports' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual([`images/${id}.raw`]);
    const object = await s3.send(new GetObjectCommand({ Bucket: 'exports', Key: `images/${id}.raw` }));
    const bytes = Buffer.from(await object.Body!.transformToByteArray());
    expect(bytes).toHaveLength(Contents![0]!.Size!);
    // A tar archive, as docs/local-cloud.md says.
    expect(bytes.toString('latin1', 257, 262)).toBe('ustar');
    await expect(ec2.send(new CancelExportTaskCommand({ ExportTaskId: id! }))).rejects.toMatchObject({
      name: 'IncorrectState',
    });
  });
  it('one that is cancelled leaves nothing', async () => {
    const { ExportImageTaskId: id } = await ec2.send(new ExportImageCommand(order('two')));
    await ec2.send(new CancelExportTaskCommand({ ExportTaskId: id! }));
    expect(await task(id!)).toMatchObject({ Status: 'deleted' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expect(s3.send(new GetObjectCommand({ Bucket: 'exports', Key: `images/${id}.raw` }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });
  it('refuses a bucket that is not there, and an unknown task', async () => {
    await expect(
      ec2.send(new ExportImageCommand(order('three', { S3ExportLocation: { S3Bucket: 'nowhere' } }))),
    ).rejects.toMatchObject({ name: 'InvalidParameter' });
    await expect(task('export-ami-1')).rejects.toMatchObject({ name: 'InvalidExportTaskID.NotFound' });
  });
});
