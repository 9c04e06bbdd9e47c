// What survives the end of the local cloud, and what is told of the rest.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../door/open-door.ts';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

let directory: ReturnType<typeof temporaryDirectory>;
let cloud: OpenCloud;
beforeEach(async () => {
  directory = temporaryDirectory();
  cloud = await openCloud({ stateDirectory: directory.path });
});
afterEach(async () => {
  await cloud.close();
  directory.remove();
});

async function launch(ImageId: string): Promise<string> {
  const request = {
    ImageId,
    InstanceType: 't3.micro' as const,
    MinCount: 1,
    MaxCount: 1,
    IamInstanceProfile: { Name: 'builder' },
  };
  const id = (await cloud.ec2().send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!;
  await expect
    .poll(() => cloud.instances.find({ accountId: '000000000000', region: 'eu-central-1' }, id)?.online)
    .toBe(true);
  return id;
}
const parent = async () => (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
const imageState = async (id: string, region = 'eu-central-1') =>
  (await cloud.ec2({ region }).send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0]!.State;

async function restart(delays: Parameters<typeof openCloud>[0] = {}): Promise<void> {
  await cloud.crash();
  cloud = await openCloud({ ...delays, stateDirectory: directory.path });
}

test('an available image is there after a restart and boots; a live instance is terminated with its event, its disk gone', async () => {
  const base = await parent();
  const id = await launch(base);
  const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId: id, Name: 'lasting' }));
  await expect.poll(() => imageState(ImageId!)).toBe('available');
  await restart();
  expect(cloud.told(id)).toEqual(['terminated']);
  const { Reservations } = await cloud.ec2().send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  expect(Reservations![0]!.Instances![0]).toMatchObject({
    State: { Name: 'terminated' },
    StateReason: { Code: 'Server.InternalError' },
  });
  expect(readdirSync(join(directory.path, 'ec2/disks'))).toEqual([]);
  expect(await imageState(ImageId!)).toBe('available');
  expect(await parent()).toBe(base);
  await launch(ImageId!);
});

test('an image in the making has failed after a restart, and a copy goes on', async () => {
  const id = await launch(await parent());
  const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId: id, Name: 'done' }));
  await expect.poll(() => imageState(ImageId!)).toBe('available');
  await restart({ delays: { imageAvailable: 60_000, copyAvailable: 60_000 } });
  const elsewhere = cloud.ec2({ region: 'us-east-1' });
  const copied = await elsewhere.send(
    new CopyImageCommand({ SourceImageId: ImageId!, SourceRegion: 'eu-central-1', Name: 'copied' }),
  );
  const making = await cloud.ec2().send(new CreateImageCommand({ InstanceId: await launch(ImageId!), Name: 'making' }));
  await restart();
  await expect.poll(() => imageState(making.ImageId!)).toBe('failed');
  await expect.poll(() => imageState(copied.ImageId!, 'us-east-1')).toBe('available');
  expect(cloud.told(making.ImageId!)).toEqual(['failed']);
});

test('an image made on another base is refused by name', async () => {
  const id = await launch(await parent());
  const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId: id, Name: 'old' }));
  await expect.poll(() => imageState(ImageId!)).toBe('available');
  await cloud.crash();
  const file = join(directory.path, 'ec2/records.json');
  const records = JSON.parse(readFileSync(file, 'utf8'));
  records.images[ImageId!].base = { name: 'Debian GNU/Linux 11 (bullseye)', fingerprint: '0123456789abcdef' };
  writeFileSync(file, JSON.stringify(records));
  cloud = await openCloud({ stateDirectory: directory.path });
  await expect(launch(ImageId!)).rejects.toMatchObject({
    name: 'InvalidAMIID.Unavailable',
    message: expect.stringMatching(
      /was made on another base \(Debian GNU\/Linux 11 \(bullseye\), 0123456789abcdef\) than this machine's root \(.+\).* Build it again\.$/,
    ),
  });
});

test('the disk of an image goes with its last snapshot', async () => {
  const id = await launch(await parent());
  const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId: id, Name: 'short-lived' }));
  await expect.poll(() => imageState(ImageId!)).toBe('available');
  expect(readdirSync(join(directory.path, 'ec2/layers'))).toHaveLength(1);
  await cloud.ec2().send(new DeregisterImageCommand({ ImageId: ImageId!, DeleteAssociatedSnapshots: true }));
  await expect.poll(() => readdirSync(join(directory.path, 'ec2/layers'))).toEqual([]);
});
