// What Packer's amazon-ebs builder needs beyond our own builds: key pairs, security groups, volumes, an empty name for no profile.
import {
  AuthorizeSecurityGroupIngressCommand,
  CopyImageCommand,
  CreateImageCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { impossible } from '../../e2e/ground.ts';
import { debian, type OpenCloud, openCloud } from './open-cloud.ts';

if (impossible) console.warn(impossible);

let cloud: OpenCloud;
let ec2: ReturnType<OpenCloud['ec2']>;
let ImageId: string;

beforeAll(async () => {
  cloud = await openCloud();
  ec2 = cloud.ec2();
  ImageId = (await cloud.ssm().send(new GetParameterCommand({ Name: debian }))).Parameter!.Value!;
});
afterAll(() => cloud.close());

const request = (more: Partial<RunInstancesCommandInput>) =>
  new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...more });

test('a key pair is made once for each name, region and account, and its deletion may be repeated', async () => {
  const [one, other] = await Promise.allSettled([
    ec2.send(new CreateKeyPairCommand({ KeyName: 'mine' })),
    ec2.send(new CreateKeyPairCommand({ KeyName: 'mine' })),
  ]);
  expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
  const made = one.status === 'fulfilled' ? one.value : other.status === 'fulfilled' ? other.value : undefined;
  expect(made).toMatchObject({
    KeyName: 'mine',
    KeyMaterial: expect.stringMatching(/^-----BEGIN RSA PRIVATE KEY-----\n/),
    KeyFingerprint: expect.stringMatching(/^([0-9a-f]{2}:){19}[0-9a-f]{2}$/),
  });
  await expect(ec2.send(new CreateKeyPairCommand({ KeyName: 'mine' }))).rejects.toMatchObject({
    name: 'InvalidKeyPair.Duplicate',
    message: "The keypair 'mine' already exists.",
  });
  const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['mine'] }));
  expect(KeyPairs).toMatchObject([{ KeyPairId: made?.KeyPairId }]);
  const elsewhere = await cloud.ec2({ region: 'eu-west-1' }).send(new DescribeKeyPairsCommand({}));
  expect(elsewhere.KeyPairs).toEqual([]);
  await expect(ec2.send(request({ KeyName: 'nobody' }))).rejects.toMatchObject({ name: 'InvalidKeyPair.NotFound' });
  for (const _ of [1, 2]) expect((await ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }))).Return).toBe(true);
  await expect(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['mine'] }))).rejects.toMatchObject({
    name: 'InvalidKeyPair.NotFound',
  });
});

test('a security group keeps its rules, and the default one stays', async () => {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'mine', Description: 'd' }));
  await expect(ec2.send(new CreateSecurityGroupCommand({ GroupName: 'mine', Description: 'd' }))).rejects.toMatchObject(
    { name: 'InvalidGroup.Duplicate' },
  );
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
  const rule = new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions });
  await ec2.send(rule);
  await expect(ec2.send(rule)).rejects.toMatchObject({ name: 'InvalidPermission.Duplicate' });
  const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId!] }));
  expect(SecurityGroups).toMatchObject([{ GroupName: 'mine', IpPermissions }]);
  const all = (await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups!;
  const standard = all.find((group) => group.GroupName === 'default')!;
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId: standard.GroupId }))).rejects.toMatchObject({
    name: 'CannotDelete',
  });
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({
    name: 'InvalidGroup.NotFound',
  });
});

test.skipIf(impossible)('a group in use stays, and a volume is there as long as its instance', async () => {
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'used', Description: 'd' }));
  const { Instances } = await ec2.send(request({ SecurityGroupIds: [GroupId!], IamInstanceProfile: { Name: '' } }));
  const InstanceIds = [Instances![0]!.InstanceId!];
  expect(Instances![0]!.IamInstanceProfile).toBeUndefined();
  await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 } as never, {
    InstanceIds,
  });
  const { Volumes } = await ec2.send(new DescribeVolumesCommand({}));
  expect(Volumes).toMatchObject([{ State: 'in-use', Attachments: [{ InstanceId: InstanceIds[0] }] }]);
  await expect(ec2.send(new DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({
    name: 'DependencyViolation',
  });
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  await waitUntilInstanceTerminated({ client: ec2, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 } as never, {
    InstanceIds,
  });
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
});

test.skipIf(impossible)('a copy can be told to fail after it was answered', async () => {
  cloud.refusals.push({ operation: 'CopyImage', region: 'eu-west-1', code: 'Server.InternalError', late: true });
  const { Instances } = await ec2.send(request({}));
  const InstanceIds = [Instances![0]!.InstanceId!];
  await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 20, minDelay: 0.05, maxDelay: 0.2 } as never, {
    InstanceIds,
  });
  const source = await ec2.send(new CreateImageCommand({ InstanceId: InstanceIds[0], Name: 'source' }));
  await expect.poll(() => stateOf(ec2, source.ImageId!), { timeout: 10_000 }).toBe('available');
  const there = cloud.ec2({ region: 'eu-west-1' });
  const copy = await there.send(
    new CopyImageCommand({ SourceImageId: source.ImageId, SourceRegion: 'eu-central-1', Name: 'copy' }),
  );
  await expect.poll(() => stateOf(there, copy.ImageId!), { timeout: 10_000 }).toBe('failed');
  expect(cloud.told(copy.ImageId!)).toContain('failed');
  await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
});

async function stateOf(client: typeof ec2, id: string): Promise<string | undefined> {
  return (await client.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0]!.State;
}
