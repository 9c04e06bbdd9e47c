// Volumes as the AWS SDK sees them: they end with their instance or outlive it, and an image says which.
import {
  CreateImageCommand,
  DeleteVolumeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  type DescribeVolumesCommandInput,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

let cloud: OpenCloud;
let imageId: string;

beforeAll(async () => {
  cloud = await openCloud();
  imageId = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
});
afterAll(() => cloud.close());

const root = { DeviceName: '/dev/xvda' };
const launch = async (BlockDeviceMappings: RunInstancesCommandInput['BlockDeviceMappings']): Promise<string> => {
  const Tags = [{ Key: 'of', Value: 'us' }];
  const answer = await cloud.ec2().send(
    new RunInstancesCommand({
      ...{ ImageId: imageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, BlockDeviceMappings },
      TagSpecifications: [{ ResourceType: 'volume', Tags }],
    }),
  );
  return answer.Instances![0]!.InstanceId!;
};
const state = async (id: string) => {
  const answer = await cloud.ec2().send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return answer.Reservations![0]!.Instances![0]!.State?.Name;
};
const volumes = async (request: DescribeVolumesCommandInput = {}) =>
  (await cloud.ec2().send(new DescribeVolumesCommand(request))).Volumes!;
const of = (instanceId: string) => volumes({ Filters: [{ Name: 'attachment.instance-id', Values: [instanceId] }] });
const ended = async (id: string) => {
  await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await expect.poll(() => state(id)).toBe('terminated');
};

describe('a volume', () => {
  test('ends with its instance, or outlives it with its tags, as the mapping says', async () => {
    const id = await launch([
      root,
      { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 3, DeleteOnTermination: false } },
      { DeviceName: '/dev/sdg', Ebs: { VolumeSize: 4, DeleteOnTermination: true } },
    ]);
    const attached = await of(id);
    expect(attached.map(({ State, Size, Attachments }) => [State, Size, Attachments![0]!.DeleteOnTermination])).toEqual(
      [
        ['in-use', 8, true],
        ['in-use', 3, false],
        ['in-use', 4, true],
      ],
    );
    expect(attached[1]!.Attachments).toMatchObject([{ InstanceId: id, Device: '/dev/sdf', State: 'attached' }]);
    const kept = attached[1]!.VolumeId!;
    await expect(cloud.ec2().send(new DeleteVolumeCommand({ VolumeId: kept }))).rejects.toMatchObject({
      name: 'VolumeInUse',
      message: `Volume ${kept} is currently attached to ${id}`,
    });
    await ended(id);
    const left = await volumes({ Filters: [{ Name: 'tag:of', Values: ['us'] }] });
    expect(left).toMatchObject([{ VolumeId: kept, State: 'available', Size: 3, Attachments: [] }]);
    await cloud.ec2().send(new DeleteVolumeCommand({ VolumeId: kept }));
    await expect(volumes({ VolumeIds: [kept] })).rejects.toMatchObject({
      name: 'InvalidVolume.NotFound',
      message: `The volume '${kept}' does not exist`,
    });
    expect(await volumes()).toEqual([]);
  });

  test('is seen by its own account and region only', async () => {
    const id = await launch([root]);
    const other = cloud.ec2({ region: 'us-east-1' });
    expect((await other.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    await ended(id);
  });
});

describe('an image of a stopped instance', () => {
  const image = (InstanceId: string, Name: string, mapping: object) =>
    cloud
      .ec2()
      .send(
        new CreateImageCommand({ InstanceId, Name, BlockDeviceMappings: [{ DeviceName: '/dev/sdf', ...mapping }] }),
      );
  test('is made without a boot, and carries another DeleteOnTermination where it is told', async () => {
    const id = await launch([root, { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 3, DeleteOnTermination: true } }]);
    await expect.poll(() => state(id)).toBe('running');
    await cloud.ec2().send(new StopInstancesCommand({ InstanceIds: [id] }));
    await cloud.ec2().send(new StopInstancesCommand({ InstanceIds: [id] }));
    await expect.poll(() => state(id)).toBe('stopped');
    await expect(image(id, 'larger', { Ebs: { VolumeSize: 9 } })).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('/dev/sdf, VolumeSize'),
    });
    const { ImageId } = await image(id, 'keeps a volume', { Ebs: { DeleteOnTermination: false } });
    const look = async () => (await cloud.ec2().send(new DescribeImagesCommand({ ImageIds: [ImageId!] }))).Images![0]!;
    await expect.poll(async () => (await look()).State).toBe('available');
    expect(
      (await look()).BlockDeviceMappings!.map(({ DeviceName, Ebs }) => [DeviceName, Ebs!.DeleteOnTermination]),
    ).toEqual([
      ['/dev/xvda', true],
      ['/dev/sdf', false],
    ]);
    expect(await state(id)).toBe('stopped');
    expect(cloud.told(id)).toEqual(['pending', 'running', 'stopping', 'stopped']);
    await ended(id);
    expect(await volumes()).toEqual([]);
  });
});
