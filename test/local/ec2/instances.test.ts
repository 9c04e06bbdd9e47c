// Instances as the AWS SDK sees them: launch, states, events, idempotency, errors.
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  type Instance,
  RebootInstancesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

let cloud: OpenCloud;
let imageId: string;
let subnetIds: string[];

beforeAll(async () => {
  cloud = await openCloud();
  imageId = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
  subnetIds = (await cloud.ec2().send(new DescribeSubnetsCommand({}))).Subnets!.map((subnet) => subnet.SubnetId!);
});
afterAll(() => cloud.close());

const request = (more: Partial<RunInstancesCommandInput> = {}): RunInstancesCommandInput => ({
  ImageId: imageId,
  InstanceType: 't3.micro',
  MinCount: 1,
  MaxCount: 1,
  IamInstanceProfile: { Name: 'builder' },
  ...more,
});
const launch = async (more: Partial<RunInstancesCommandInput> = {}): Promise<Instance> =>
  (await cloud.ec2().send(new RunInstancesCommand(request(more)))).Instances![0]!;
const look = async (id: string): Promise<Instance> =>
  (await cloud.ec2().send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations![0]!.Instances![0]!;
const state = async (id: string) => (await look(id)).State?.Name;
const end = (id: string) => cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [id] }));

describe('a launch', () => {
  test('answers pending, runs a moment later and tells of each state in its own region', async () => {
    const launched = await launch({
      SubnetId: subnetIds[1],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'builder & co' }] }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, VolumeType: 'gp3' } }],
    });
    const id = launched.InstanceId!;
    expect(id).toMatch(/^i-[0-9a-f]{17}$/);
    expect(launched.State).toEqual({ Code: 0, Name: 'pending' });
    await expect.poll(() => state(id)).toBe('running');
    const running = await look(id);
    expect(running).toMatchObject({
      ImageId: imageId,
      InstanceType: 't3.micro',
      Architecture: 'x86_64',
      SubnetId: subnetIds[1],
      Placement: { AvailabilityZone: 'eu-central-1b' },
      Tags: [{ Key: 'Name', Value: 'builder & co' }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      IamInstanceProfile: { Arn: 'arn:aws:iam::000000000000:instance-profile/builder' },
      RootDeviceName: '/dev/xvda',
    });
    expect(running.LaunchTime).toBeInstanceOf(Date);
    expect(running.BlockDeviceMappings?.[0]?.Ebs?.VolumeId).toMatch(/^vol-/);
    await end(id);
    await expect.poll(() => state(id)).toBe('terminated');
    expect(cloud.told(id)).toEqual(['pending', 'running', 'shutting-down', 'terminated']);
    expect(cloud.events.find((event) => event.detail['instance-id'] === id)).toEqual({
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
      account: '000000000000',
      region: 'eu-central-1',
      resources: [`arn:aws:ec2:eu-central-1:000000000000:instance/${id}`],
      detail: { 'instance-id': id, state: 'pending' },
    });
    expect((await look(id)).StateReason).toEqual({
      Code: 'Client.UserInitiatedShutdown',
      Message: 'Client.UserInitiatedShutdown: User initiated shutdown',
    });
  });

  test('of several gives each its own id in one reservation', async () => {
    const { Instances, ReservationId } = await cloud
      .ec2()
      .send(new RunInstancesCommand(request({ MinCount: 2, MaxCount: 2 })));
    const ids = Instances!.map((instance) => instance.InstanceId!);
    expect(new Set(ids).size).toBe(2);
    const { Reservations } = await cloud
      .ec2()
      .send(new DescribeInstancesCommand({ Filters: [{ Name: 'reservation-id', Values: [ReservationId!] }] }));
    expect(Reservations![0]!.Instances!.map((instance) => instance.InstanceId).sort()).toEqual(ids.sort());
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: ids }));
  });

  test('runs a script given as user data once, and writes its output where cloud-init does', async () => {
    const UserData = Buffer.from('#!/bin/bash\necho "from user data" | tee /etc/user-data-ran').toString('base64');
    const id = (await launch({ UserData })).InstanceId!;
    await cloud.instances.whenOnline(id, AbortSignal.timeout(5000));
    const lines: string[] = [];
    const print = () =>
      cloud.instances.run(id, 'look', {
        text: 'cat /etc/user-data-ran /var/log/cloud-init-output.log',
        directory: '/run/look',
        workingDirectory: '/',
        environment: { LOOK: id },
        stdout: (more) => lines.splice(0, lines.length, ...more),
        stderr: () => {},
      });
    await expect.poll(() => print().then(() => lines)).toEqual(['from user data', 'from user data']);
    await end(id);
  });

  test('is seen by its own account and region only', async () => {
    const { InstanceId } = await launch();
    for (const options of [{ account: '111111111111' }, { region: 'us-east-1' }]) {
      await expect(
        cloud.ec2(options).send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!] })),
      ).rejects.toMatchObject({
        name: 'InvalidInstanceID.NotFound',
        message: `The instance ID '${InstanceId}' does not exist`,
      });
    }
    await end(InstanceId!);
  });
});

describe('a client token', () => {
  test('finds the first launch again, refuses other arguments, and is refused when the instance is terminated', async () => {
    const first = await launch({ ClientToken: 'token-1' });
    expect((await launch({ ClientToken: 'token-1' })).InstanceId).toBe(first.InstanceId);
    await expect(launch({ ClientToken: 'token-1', InstanceType: 't3.small' })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    const { Reservations } = await cloud
      .ec2()
      .send(new DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: ['token-1'] }] }));
    expect(
      Reservations!.flatMap((reservation) => reservation.Instances!.map((instance) => instance.InstanceId)),
    ).toEqual([first.InstanceId]);
    await end(first.InstanceId!);
    await expect.poll(() => state(first.InstanceId!)).toBe('terminated');
    await expect(launch({ ClientToken: 'token-1' })).rejects.toMatchObject({ name: 'IdempotentInstanceTerminated' });
  });

  test('is one of the zone that the subnet lies in', async () => {
    const one = await launch({ ClientToken: 'token-2', SubnetId: subnetIds[0] });
    const other = await launch({ ClientToken: 'token-2', SubnetId: subnetIds[1] });
    expect(other.InstanceId).not.toBe(one.InstanceId);
    for (const { InstanceId } of [one, other]) await end(InstanceId!);
  });
});

describe('power', () => {
  test('stop keeps the disk, start boots it again; terminated instances cannot be started', async () => {
    const id = (await launch()).InstanceId!;
    await expect.poll(() => state(id)).toBe('running');
    await cloud.ec2().send(new StopInstancesCommand({ InstanceIds: [id] }));
    await expect.poll(() => state(id)).toBe('stopped');
    await cloud.ec2().send(new StartInstancesCommand({ InstanceIds: [id] }));
    await expect.poll(() => state(id)).toBe('running');
    await cloud.ec2().send(new RebootInstancesCommand({ InstanceIds: [id] }));
    const { TerminatingInstances } = await end(id);
    expect(TerminatingInstances).toEqual([
      {
        InstanceId: id,
        PreviousState: { Code: 16, Name: 'running' },
        CurrentState: { Code: 32, Name: 'shutting-down' },
      },
    ]);
    await expect.poll(() => state(id)).toBe('terminated');
    expect(cloud.told(id)).toEqual([
      'pending',
      'running',
      'stopping',
      'stopped',
      'pending',
      'running',
      'shutting-down',
      'terminated',
    ]);
    await expect(cloud.ec2().send(new StartInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({
      name: 'IncorrectInstanceState',
      message: `The instance '${id}' is not in a state from which it can be started (it is terminated).`,
    });
  });

  test('of a list with one wrong id ends none', async () => {
    const id = (await launch()).InstanceId!;
    const wrong = 'i-00000000000000000';
    await expect(cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [id, wrong] }))).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound',
    });
    expect(['pending', 'running']).toContain(await state(id));
    await end(id);
  });

  test('a termination while pending never lets it run', async () => {
    const id = (await launch()).InstanceId!;
    await end(id);
    await expect.poll(() => state(id)).toBe('terminated');
    expect(cloud.told(id)).toEqual(['pending', 'shutting-down', 'terminated']);
  });

  test.each(['stop', 'terminate'] as const)(
    'an instance whose pid 1 dies does what its shutdown behaviour says: %s',
    async (behavior) => {
      const id = (await launch({ InstanceInitiatedShutdownBehavior: behavior })).InstanceId!;
      await expect
        .poll(() => cloud.instances.find({ accountId: '000000000000', region: 'eu-central-1' }, id)?.online)
        .toBe(true);
      await cloud.killMachine(id);
      await expect.poll(() => state(id)).toBe(behavior === 'stop' ? 'stopped' : 'terminated');
      expect((await look(id)).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
      await end(id);
    },
  );
});

describe('a refused launch', () => {
  test.each<[string, () => Partial<RunInstancesCommandInput>, string, RegExp]>([
    [
      'an unknown AMI',
      () => ({ ImageId: 'ami-00000000000000000' }),
      'InvalidAMIID.NotFound',
      /^The image id '\[ami-00000000000000000\]' does not exist$/,
    ],
    [
      'a malformed AMI id',
      () => ({ ImageId: 'debian' }),
      'InvalidAMIID.Malformed',
      /^Invalid id: "debian" \(expecting "ami-\.\.\."\)$/,
    ],
    [
      'an unknown type',
      () => ({ InstanceType: 'huge' as 't3.micro' }),
      'InvalidParameterValue',
      /^Invalid value 'huge' for InstanceType\.$/,
    ],
    [
      'a type of the other architecture',
      () => ({ InstanceType: 't4g.micro' }),
      'InvalidParameterValue',
      /^The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64'/,
    ],
    [
      'an unknown subnet',
      () => ({ SubnetId: 'subnet-1' }),
      'InvalidSubnetID.NotFound',
      /^The subnet ID 'subnet-1' does not exist$/,
    ],
    [
      'an unknown security group',
      () => ({ SecurityGroupIds: ['sg-1'] }),
      'InvalidGroup.NotFound',
      /^The security group 'sg-1' does not exist$/,
    ],
    [
      'a tag on what is not made',
      () => ({ TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] }),
      'InvalidParameterValue',
      /'image' is not a valid taggable resource type/,
    ],
    [
      'a parameter that the local cloud would drop',
      () => ({ HibernationOptions: { Configured: true } }),
      'UnsupportedOperation',
      /does not support the parameter HibernationOptions/,
    ],
    [
      'user data that is no script',
      () => ({ UserData: Buffer.from('#cloud-config').toString('base64') }),
      'UnsupportedOperation',
      /no cloud-init/,
    ],
    ['a long client token', () => ({ ClientToken: 'x'.repeat(65) }), 'InvalidClientToken', /longer than 64/],
  ])('for %s has the code and message of EC2', async (_, more, name, message) => {
    await expect(launch(more())).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test('can be asked for: a type without capacity in one region, twice', async () => {
    cloud.refusals.push({
      operation: 'RunInstances',
      region: 'eu-central-1',
      instanceType: 't3.micro',
      code: 'InsufficientInstanceCapacity',
      times: 2,
    });
    for (let time = 0; time < 2; time++) {
      await expect(launch()).rejects.toMatchObject({
        name: 'InsufficientInstanceCapacity',
        $metadata: { httpStatusCode: 500 },
      });
    }
    await end((await launch()).InstanceId!);
  });

  test('as a dry run says that it would have gone through', async () => {
    await expect(launch({ DryRun: true })).rejects.toMatchObject({
      name: 'DryRunOperation',
      $metadata: { httpStatusCode: 412 },
    });
  });
});

describe('finding', () => {
  test('by filters with wildcards, tags and pages', async () => {
    const tag = (Value: string) => [{ ResourceType: 'instance' as const, Tags: [{ Key: 'find', Value }] }];
    const one = (await launch({ TagSpecifications: tag('one-1') })).InstanceId!;
    const two = (await launch({ TagSpecifications: tag('one-2') })).InstanceId!;
    const find = async (filters: [string, string[]][]) => {
      const { Reservations } = await cloud
        .ec2()
        .send(new DescribeInstancesCommand({ Filters: filters.map(([Name, Values]) => ({ Name, Values })) }));
      return Reservations!
        .flatMap((reservation) => reservation.Instances!.map((instance) => instance.InstanceId!))
        .sort();
    };
    expect(await find([['tag:find', ['one-?']]])).toEqual([one, two].sort());
    expect(
      await find([
        ['tag:find', ['*-2']],
        ['instance-state-name', ['pending', 'running']],
      ]),
    ).toEqual([two]);
    expect(
      await find([
        ['tag-key', ['find']],
        ['image-id', [imageId]],
      ]),
    ).toEqual([one, two].sort());
    expect(await find([['tag:find', ['one']]])).toEqual([]);
    await expect(find([['colour', ['red']]])).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message: expect.stringContaining("'colour'"),
    });
    const page = await cloud
      .ec2()
      .send(new DescribeInstancesCommand({ MaxResults: 5, Filters: [{ Name: 'tag-key', Values: ['find'] }] }));
    expect(page.NextToken).toBeUndefined();
    await cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [one, two] }));
  });

  test('status shows running instances only, unless all are asked for', async () => {
    const id = (await launch()).InstanceId!;
    await expect.poll(() => state(id)).toBe('running');
    const { InstanceStatuses } = await cloud.ec2().send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    expect(InstanceStatuses).toMatchObject([
      { InstanceId: id, InstanceStatus: { Status: 'ok' }, SystemStatus: { Status: 'ok' } },
    ]);
    await end(id);
    await expect.poll(() => state(id)).toBe('terminated');
    expect((await cloud.ec2().send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }))).InstanceStatuses).toEqual(
      [],
    );
    const all = await cloud
      .ec2()
      .send(new DescribeInstanceStatusCommand({ InstanceIds: [id], IncludeAllInstances: true }));
    expect(all.InstanceStatuses?.[0]?.InstanceState?.Name).toBe('terminated');
  });

  test('tags can be set, listed and deleted later, on what exists', async () => {
    const launched = await launch({
      TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'disk', Value: 'root' }] }],
    });
    const id = launched.InstanceId!;
    await cloud.ec2().send(
      new CreateTagsCommand({
        Resources: [id],
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: 'b', Value: '' },
        ],
      }),
    );
    const tags = async (resource: string) =>
      (await cloud.ec2().send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [resource] }] })))
        .Tags;
    expect(await tags(id)).toEqual([
      { Key: 'a', Value: '1', ResourceId: id, ResourceType: 'instance' },
      { Key: 'b', Value: '', ResourceId: id, ResourceType: 'instance' },
    ]);
    const volume = launched.BlockDeviceMappings![0]!.Ebs!.VolumeId!;
    expect(await tags(volume)).toEqual([{ Key: 'disk', Value: 'root', ResourceId: volume, ResourceType: 'volume' }]);
    await cloud
      .ec2()
      .send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'a' }, { Key: 'b', Value: 'other' }] }));
    expect((await look(id)).Tags).toEqual([{ Key: 'b', Value: '' }]);
    await expect(
      cloud
        .ec2()
        .send(new CreateTagsCommand({ Resources: ['ami-00000000000000000'], Tags: [{ Key: 'a', Value: '1' }] })),
    ).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(
      cloud.ec2().send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'aws:x', Value: '1' }] })),
    ).rejects.toThrow(/reserved/);
    await end(id);
  });
});
