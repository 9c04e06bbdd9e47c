// AMIs that are disabled and enabled, and when one was last launched, without instances that really run.
import {
  CopyImageCommand,
  DeleteSnapshotCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DisableImageCommand,
  EC2Client,
  EnableImageCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import type { BusEvent } from '../../../local/cloud.ts';
import { ec2 } from '../../../local/ec2/service.ts';
import { paperMachine } from '../../faults/paper-machine.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const day = 24 * 60 * 60_000;
const events: BusEvent[] = [];
let time = Date.parse('2026-11-23T10:00:00Z');
let door: Door;
let owner: EC2Client;
let consumer: EC2Client;
let compute: ReturnType<typeof ec2>;
let ImageId: string;

beforeAll(async () => {
  const quick = { instanceRunning: 1, agentOnline: 1, instanceStopped: 1, instanceTerminated: 1 };
  const cloud = {
    ...{ clock: { ...realClock, now: () => time }, stateDirectory: directory.path },
    ...{ accountId: '000000000000', region: 'eu-central-1', delays: { ...quick, imageAvailable: 1, copyAvailable: 1 } },
    bus: { put: (event: BusEvent) => void events.push(event) },
    logs: { append: () => {} },
    functions: { invoke: async () => Promise.reject(new Error('none')), invokeLater: () => {} },
  };
  compute = ec2(cloud, { machine: paperMachine(realClock) });
  await compute.recover();
  door = await openDoor([compute.service], directory.path);
  owner = new EC2Client(door.client());
  consumer = new EC2Client(door.client({ account: '111111111111' }));
  const Filters = [{ Name: 'name', Values: ['debian-12-amd64-*'] }];
  const { Images } = await owner.send(new DescribeImagesCommand({ Owners: ['136693071363'], Filters }));
  const copy = { Name: 'mine', SourceImageId: Images![0]!.ImageId, SourceRegion: 'eu-central-1' };
  ImageId = (await owner.send(new CopyImageCommand(copy))).ImageId!;
  while ((await shown(owner))?.State !== 'available') await realClock.sleep(5);
});
afterAll(async () => {
  await door.close();
  await compute.stop();
  directory.remove();
  expect(door.faults).toEqual([]);
});

const shown = async (client: EC2Client, more: object = {}) =>
  (await client.send(new DescribeImagesCommand({ ImageIds: [ImageId], ...more }))).Images?.[0];
const launch = (client: EC2Client) =>
  client.send(new RunInstancesCommand({ ImageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }));
const share = () =>
  owner.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId: '111111111111' }] } }));
const states = () => events.flatMap(({ detail }) => (detail.ImageId === ImageId ? [detail.State] : []));

test('a disabled AMI is private, launches nothing, is shown to who asks for it, and keeps its snapshots', async () => {
  await share();
  expect(await shown(consumer)).toBeDefined();
  await owner.send(new DisableImageCommand({ ImageId }));
  await owner.send(new DisableImageCommand({ ImageId }));
  expect(await shown(owner)).toBeUndefined();
  const image = await shown(owner, { IncludeDisabled: true });
  expect(image).toMatchObject({ State: 'disabled', Public: false });
  await expect(shown(consumer, { IncludeDisabled: true })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  await expect(launch(owner)).rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' });
  await expect(share()).rejects.toMatchObject({ name: 'OperationNotPermitted' });
  const { SnapshotId } = image!.BlockDeviceMappings![0]!.Ebs!;
  await expect(owner.send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toMatchObject({
    name: 'InvalidSnapshot.InUse',
  });
  await expect(consumer.send(new EnableImageCommand({ ImageId }))).rejects.toMatchObject({ name: 'AuthFailure' });

  await owner.send(new EnableImageCommand({ ImageId }));
  expect(await shown(owner)).toMatchObject({ State: 'available' });
  // Who had it before does not have it again.
  await expect(shown(consumer)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  expect(states()).toEqual(['available', 'disabled', 'available']);
});

test('a launch is told a day later', async () => {
  const told = async () => {
    const request = new DescribeImageAttributeCommand({ ImageId, Attribute: 'lastLaunchedTime' });
    const attribute = (await owner.send(request)).LastLaunchedTime?.Value;
    expect((await shown(owner))!.LastLaunchedTime).toBe(attribute);
    return attribute;
  };
  expect(await told()).toBeUndefined();
  await launch(owner);
  const first = new Date(time).toISOString();
  expect(await told()).toBeUndefined();
  time += day;
  expect(await told()).toBe(first);
  await launch(owner);
  time += day / 2;
  await launch(owner);
  const last = new Date(time).toISOString();
  expect(await told()).toBe(first);
  time += day;
  expect(await told()).toBe(last);
});
