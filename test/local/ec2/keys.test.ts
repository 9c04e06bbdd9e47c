// Encrypted AMIs and the keys of KMS: what EC2 makes fails behind its answer where EBS may not use a key.
import {
  CopyImageCommand,
  type CopyImageCommandInput,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  ModifySnapshotAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  KMSClient,
  PutKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import type { BusEvent } from '../../../local/cloud.ts';
import { ec2 } from '../../../local/ec2/service.ts';
import { access } from '../../../local/iam/access.ts';
import { kms } from '../../../local/kms/service.ts';
import { paperMachine } from '../../faults/paper-machine.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const [home, consumer] = ['000000000000', '111111111111'];
const region = 'eu-central-1';
const directory = temporaryDirectory();
const events: BusEvent[] = [];
let door: Door;
let compute: ReturnType<typeof ec2>;
let base: string;
let key: string;

beforeAll(async () => {
  const quick = { instanceRunning: 1, agentOnline: 1, instanceStopped: 1, instanceTerminated: 1 };
  const cloud = {
    ...{ clock: realClock, stateDirectory: directory.path, accountId: home, region },
    delays: { ...quick, imageAvailable: 1, copyAvailable: 1 },
    bus: { put: (event: BusEvent) => void events.push(event) },
    logs: { append: () => {} },
    functions: { invoke: async () => Promise.reject(new Error('none')), invokeLater: () => {} },
  };
  const keys = kms(cloud, access({ clock: realClock, find: () => undefined }));
  compute = ec2(cloud, { machine: paperMachine(realClock), keys: keys.forEbs });
  await compute.recover();
  door = await openDoor([compute.service, keys.service], directory.path);
  const Filters = [{ Name: 'name', Values: ['debian-12-amd64-*'] }];
  const { Images } = await at(home).send(new DescribeImagesCommand({ Owners: ['136693071363'], Filters }));
  base = Images![0]!.ImageId!;
  key = (await keysOf(home).send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
});
afterAll(async () => {
  await door.close();
  await compute.stop();
  directory.remove();
  expect(door.faults).toEqual([]);
});

const at = (account: string, where = region) => new EC2Client(door.client({ account, region: where }));
const keysOf = (account: string, where = region) => new KMSClient(door.client({ account, region: where }));
const newKey = async (account: string, where = region) =>
  (await keysOf(account, where).send(new CreateKeyCommand({}))).KeyMetadata!;

/** Lets an account use the key, or lets nobody but its own. */
const allow = (account?: string) => {
  const Principal = { AWS: [home, ...(account ? [account] : [])].map((one) => `arn:aws:iam::${one}:root`) };
  const Statement = [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  return keysOf(home).send(new PutKeyPolicyCommand({ KeyId: key, Policy }));
};

let names = 0;
async function copied(
  account: string,
  SourceImageId: string,
  more: Partial<CopyImageCommandInput> = {},
  where = region,
) {
  const request = { SourceImageId, SourceRegion: region, Name: `copy-${names++}`, ...more };
  const { ImageId } = await at(account, where).send(new CopyImageCommand(request));
  for (;;) {
    const shown = await at(account, where).send(new DescribeImagesCommand({ ImageIds: [ImageId!] }));
    const [image] = shown.Images!;
    if (image!.State === 'pending') await realClock.sleep(2);
    else {
      const SnapshotIds = [image!.BlockDeviceMappings![0]!.Ebs!.SnapshotId!];
      const { Snapshots } = await at(account, where).send(new DescribeSnapshotsCommand({ SnapshotIds }));
      return { image: image!, snapshot: Snapshots![0]! };
    }
  }
}

async function encrypted(KmsKeyId = key): Promise<string> {
  return (await copied(home, base, { Encrypted: true, KmsKeyId })).image.ImageId!;
}

async function shared(): Promise<string> {
  const ImageId = await encrypted();
  const [image] = (await at(home).send(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images!;
  const SnapshotId = image!.BlockDeviceMappings![0]!.Ebs!.SnapshotId!;
  const Add = [{ UserId: consumer }];
  await at(home).send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } }));
  await at(home).send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { Add } }));
  return ImageId;
}

async function launched(account: string, ImageId: string, more: Partial<RunInstancesCommandInput> = {}) {
  const request: RunInstancesCommandInput = { ImageId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1, ...more };
  const InstanceIds = [(await at(account).send(new RunInstancesCommand(request))).Instances![0]!.InstanceId!];
  for (;;) {
    const { Reservations } = await at(account).send(new DescribeInstancesCommand({ InstanceIds }));
    const [instance] = Reservations![0]!.Instances!;
    if (instance!.State!.Name !== 'pending') return instance!;
    await realClock.sleep(2);
  }
}

const failedCopy = {
  image: {
    State: 'failed',
    StateReason: { Code: 'Client.InternalError', Message: expect.stringContaining('Copy image failed') },
  },
  snapshot: { State: 'error', StateMessage: 'Given key ID is not accessible' },
};

describe('a copy', () => {
  test('is under the key, whichever name it is given', async () => {
    const { KeyId, Arn } = await newKey(home);
    for (const KmsKeyId of [KeyId!, Arn!])
      expect((await copied(home, base, { Encrypted: true, KmsKeyId })).snapshot).toMatchObject({
        State: 'completed',
        KmsKeyId: Arn,
      });
  });
  test('fails where there is no such key, and its event says so', async () => {
    const failed = await copied(home, base, { Encrypted: true, KmsKeyId: 'alias/nothing' });
    expect(failed).toMatchObject(failedCopy);
    expect(events.find(({ detail }) => detail.ImageId === failed.image.ImageId)).toMatchObject({
      detail: { State: 'failed', ErrorMessage: expect.stringContaining('Copy image failed') },
    });
  });
  test('fails with a key that is disabled', async () => {
    const { KeyId, Arn } = await newKey(home);
    await keysOf(home).send(new DisableKeyCommand({ KeyId }));
    expect(await copied(home, base, { Encrypted: true, KmsKeyId: KeyId! })).toMatchObject({
      ...{ image: failedCopy.image, snapshot: { State: 'error', StateMessage: `${Arn} is disabled.` } },
    });
  });
  test('into another account fails while the policy of the source’s key leaves that account out', async () => {
    const source = await shared();
    await allow();
    expect(await copied(consumer, source)).toMatchObject(failedCopy);
    await allow(consumer);
    const { image, snapshot } = await copied(consumer, source);
    expect(image.State).toBe('available');
    // What is encrypted comes under the account's own key there.
    expect(snapshot).toMatchObject({ Encrypted: true, OwnerId: consumer });
    const { KeyMetadata } = await keysOf(consumer).send(new DescribeKeyCommand({ KeyId: snapshot.KmsKeyId! }));
    expect(KeyMetadata).toMatchObject({ KeyManager: 'AWS', AWSAccountId: consumer });
  });
  test('into another account fails with a key there that its own account alone may use', async () => {
    await allow(consumer);
    const source = await shared();
    const theirs = (await newKey('222222222222')).Arn!;
    expect(await copied(consumer, source, { Encrypted: true, KmsKeyId: theirs })).toMatchObject(failedCopy);
    const own = (await newKey(consumer, 'eu-west-1')).KeyId!;
    const elsewhere = await copied(consumer, source, { Encrypted: true, KmsKeyId: own }, 'eu-west-1');
    expect(elsewhere.image.State).toBe('available');
  });
});

describe('an encrypted AMI', () => {
  test('that is shared is launched by who may use its key, and nobody else', async () => {
    const source = await shared();
    await allow();
    expect(await launched(consumer, source)).toMatchObject({
      State: { Name: 'terminated' },
      StateReason: { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
    });
    await allow(consumer);
    expect((await launched(consumer, source)).State!.Name).toBe('running');
  });
  test('is not launched while its key is disabled', async () => {
    const { KeyId } = await newKey(home);
    const source = await encrypted(KeyId!);
    await keysOf(home).send(new DisableKeyCommand({ KeyId }));
    expect((await launched(home, source)).StateReason?.Code).toBe('Client.InvalidKMSKey.InvalidState');
  });
  test('under the default key of EBS is shared with nobody, and none with everybody', async () => {
    const share = (ImageId: string, Add: object[]) =>
      at(home).send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add } }));
    const byDefault = await encrypted('alias/aws/ebs');
    await expect(share(byDefault, [{ UserId: consumer }])).rejects.toThrow('default key of EBS');
    await expect(share(await encrypted(), [{ Group: 'all' }])).rejects.toThrow('cannot be shared publicly');
  });
});

test('a volume that is launched with a key that there is not ends its instance', async () => {
  const BlockDeviceMappings = [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: 'alias/nothing' } }];
  expect((await launched(home, base, { BlockDeviceMappings })).StateReason?.Code).toBe('Client.InternalError');
});
