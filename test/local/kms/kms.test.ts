import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { access } from '../../../local/iam/access.ts';
import { kms } from '../../../local/kms/service.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
const rights = access({ clock, find: () => undefined });
const make = () => kms({ clock, stateDirectory: directory.path }, rights).service;
let door: Door;
const client = (region = 'eu-west-1', account?: string) =>
  new KMSClient(door.client({ region, ...(account && { account }) }));

beforeAll(async () => {
  door = await openDoor([make()], directory.path);
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

const created = async (input = {}) => (await client().send(new CreateKeyCommand(input))).KeyMetadata!;
const described = async (KeyId: string, region?: string, account?: string) =>
  (await client(region, account).send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;

test('a key is found by id, ARN and alias, and has its state', async () => {
  const { KeyId, Arn } = await created({ Description: 'images' });
  await client().send(new CreateAliasCommand({ AliasName: 'alias/images', TargetKeyId: KeyId! }));
  for (const name of [KeyId!, Arn!, 'alias/images', 'arn:aws:kms:eu-west-1:000000000000:alias/images'])
    expect(await described(name)).toMatchObject({ Arn, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT' });
  await client().send(new DisableKeyCommand({ KeyId: KeyId! }));
  expect(await described(KeyId!)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
  await client().send(new EnableKeyCommand({ KeyId: KeyId! }));
  await client().send(new ScheduleKeyDeletionCommand({ KeyId: KeyId!, PendingWindowInDays: 7 }));
  expect(await described(KeyId!)).toMatchObject({ KeyState: 'PendingDeletion' });
  await expect(client().send(new EnableKeyCommand({ KeyId: KeyId! }))).rejects.toThrow('pending deletion');
});

test('keys are of one region, ids and aliases of one account', async () => {
  const { KeyId, Arn } = await created();
  for (const [id, region, account] of [
    [KeyId!, 'us-east-1'],
    [Arn!, 'us-east-1'],
    [KeyId!, 'eu-west-1', '111111111111'],
    ['alias/nothing', 'eu-west-1'],
  ] as [string, string, string?][])
    await expect(described(id, region, account)).rejects.toMatchObject({ name: 'NotFoundException' });
});

test('the key of EBS is there when it is asked for', async () => {
  const { Arn } = await described('alias/aws/ebs');
  expect(await described('alias/aws/ebs')).toMatchObject({ Arn, KeyManager: 'AWS' });
});

test('specs have their uses, and what is not supported is named', async () => {
  expect(await created({ KeySpec: 'ECC_NIST_P256' })).toMatchObject({ KeyUsage: 'SIGN_VERIFY' });
  await expect(created({ KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' })).rejects.toThrow('SIGN_VERIFY');
  await expect(created({ MultiRegion: true })).rejects.toThrow('does not support the parameter MultiRegion');
});

test('keys last beyond a restart', async () => {
  const { Arn } = await created();
  const caller = {
    accountId: '000000000000',
    region: 'eu-west-1',
    accessKeyId: '',
    principalArn: 'arn:aws:iam::000000000000:root',
  };
  expect(make().operations.DescribeKey!({ KeyId: Arn }, caller)).toMatchObject({ KeyMetadata: { Arn } });
});
