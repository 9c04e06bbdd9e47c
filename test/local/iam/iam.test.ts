import { CreateRoleCommand, GetInstanceProfileCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { iam } from '../../../local/iam/service.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
let door: Door;
let client: IAMClient;

beforeAll(async () => {
  const identities = iam(() => Date.UTC(2026, 0, 1), directory.path);
  const base = { ref: '', logicalId: '' };
  const trust = { Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' } }] };
  const arn = (kind: string) => `arn:aws:iam::000000000000:${kind}/builders`;
  identities.stackRole({
    ...{ ...base, type: 'AWS::IAM::Role', name: 'builders', arn: arn('role') },
    properties: { AssumeRolePolicyDocument: trust },
  });
  for (const [name, Roles] of [
    ['full', ['builders']],
    ['empty', []],
  ] as const)
    identities.stackInstanceProfile({
      ...{ ...base, type: 'AWS::IAM::InstanceProfile', name, arn: arn('instance-profile') },
      properties: { Roles: [...Roles] },
    });
  door = await openDoor([identities.service], directory.path);
  client = new IAMClient(door.client());
});
afterAll(async () => {
  client.destroy();
  await door.close();
  directory.remove();
});

test('a role is shown with its trust, encoded as IAM does', async () => {
  const { Role } = await client.send(new GetRoleCommand({ RoleName: 'builders' }));
  expect(Role).toMatchObject({ RoleName: 'builders', Arn: 'arn:aws:iam::000000000000:role/builders' });
  expect(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement).toHaveLength(1);
});
test('an instance profile is shown with its roles', async () => {
  const roles = async (InstanceProfileName: string) =>
    (await client.send(new GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile!.Roles!.map(
      ({ RoleName }) => RoleName,
    );
  expect(await roles('full')).toEqual(['builders']);
  expect(await roles('empty')).toEqual([]);
});
test('what is not there is NoSuchEntity', async () => {
  await expect(client.send(new GetRoleCommand({ RoleName: 'x' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name x cannot be found.',
  });
});

test('a role that a user makes for a service of AWS lasts, and is made once', async () => {
  const trust = {
    Statement: [{ Effect: 'Allow', Principal: { Service: 'vmie.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  const create = (AssumeRolePolicyDocument: string, more = {}) =>
    client.send(new CreateRoleCommand({ RoleName: 'vmimport', AssumeRolePolicyDocument, ...more }));
  await expect(create('{')).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  await expect(create('{}', { MaxSessionDuration: 3600 })).rejects.toThrow(
    'does not support the parameter MaxSessionDuration',
  );
  expect((await create(JSON.stringify(trust))).Role?.Arn).toBe('arn:aws:iam::000000000000:role/vmimport');
  await expect(create('{}')).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
  const again = iam(() => 0, directory.path).service.operations.GetRole!;
  const caller = { accountId: '000000000000', region: 'us-east-1', accessKeyId: '', principalArn: '' };
  const { Role } = (await again({ RoleName: 'vmimport' }, caller)) as { Role: { AssumeRolePolicyDocument: string } };
  expect(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument))).toEqual(trust);
});
