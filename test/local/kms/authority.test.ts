// Who may use a key: its policy, its grants, and what the caller's own account says.
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  paginateListGrants,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { access } from '../../../local/iam/access.ts';
import { kms } from '../../../local/kms/service.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';
import { place, resource } from '../template/place.ts';

const [home, other] = ['000000000000', '111111111111'];
const region = 'eu-west-1';
const root = (account: string) => `arn:aws:iam::${account}:root`;
const role = (account: string, name = 'copier') => `arn:aws:iam::${account}:role/${name}`;
const trust = { Version: '2012-10-17', Statement: [] };
const viaEc2 = { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } };

const clock = testClock();
const rights = access({ clock, find: () => undefined });
for (const accountId of [home, other]) {
  const role = (RoleName: string, Statement: object[]) =>
    resource('AWS::IAM::Role', {
      ...{ RoleName, AssumeRolePolicyDocument: trust },
      Policies: [{ PolicyName: 'p', PolicyDocument: { Version: '2012-10-17', Statement } }],
    });
  const use = { Effect: 'Allow', Action: 'kms:*', Resource: '*', Condition: viaEc2 };
  const Resources = { Copier: role('copier', [use]), Nobody: role('nobody', []) };
  rights.addStack(resolveTemplate({ Resources }, { ...place, accountId }));
}

const directory = temporaryDirectory();
const { service, forEbs } = kms({ clock, stateDirectory: directory.path }, rights);
let door: Door;
beforeAll(async () => {
  door = await openDoor([service], directory.path);
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

const as = (account: string) => new KMSClient(door.client({ region, account }));
const policyOf = (...more: object[]) => {
  const own = { Effect: 'Allow', Principal: { AWS: root(home) }, Action: 'kms:*', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [own, ...more] });
};
const allowing = (AWS: string, Action: string | string[] = 'kms:*', more: object = {}) => ({
  ...{ Effect: 'Allow', Principal: { AWS }, Action, Resource: '*' },
  ...more,
});
async function keyWith(...statements: object[]): Promise<string> {
  const { KeyMetadata } = await as(home).send(new CreateKeyCommand({ Policy: policyOf(...statements) }));
  return KeyMetadata!.Arn!;
}
const problem = (key: string, principalArn: string) =>
  forEbs.problem(key, { accountId: principalArn.split(':')[4]!, region, accessKeyId: '', principalArn })?.kind;

describe('EBS uses a key', () => {
  const ebs = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'];
  const five = [...ebs, 'kms:ReEncrypt*'];

  test('in its own account by the default policy, for who may by his own', async () => {
    const { KeyMetadata } = await as(home).send(new CreateKeyCommand({}));
    expect(problem(KeyMetadata!.Arn!, root(home))).toBeUndefined();
    expect(problem(KeyMetadata!.Arn!, role(home))).toBeUndefined();
    expect(problem(KeyMetadata!.Arn!, role(home, 'nobody'))).toBe('access');
  });
  test.each([root(other), role(other)])('never for %s of an account that its policy leaves out', async (principal) => {
    expect(problem(await keyWith(), principal)).toBe('access');
  });
  test('for another account that its policy lets in, and there for who may by his own policies too', async () => {
    const key = await keyWith(allowing(root(other), five));
    expect(problem(key, root(other))).toBeUndefined();
    expect(problem(key, role(other))).toBeUndefined();
    expect(problem(key, role(other, 'nobody'))).toBe('access');
    expect(problem(await keyWith(allowing(role(other, 'nobody'), five)), role(other, 'nobody'))).toBe('access');
  });
  test.each(five)('not without %s', async (left) => {
    const key = await keyWith(
      allowing(
        root(other),
        five.filter((one) => one !== left),
      ),
    );
    expect(problem(key, role(other))).toBe('access');
  });
  test('by grants that are for services of AWS only, and through EC2 only', async () => {
    const forServices = allowing(root(other), five, {
      Condition: { ...viaEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    });
    // The other actions are no grants, and have no such condition key.
    expect(problem(await keyWith(forServices), role(other))).toBe('access');
    const grants = allowing(root(other), 'kms:CreateGrant', {
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    });
    const others = allowing(root(other), five.slice(1), { Condition: viaEc2 });
    expect(problem(await keyWith(grants, others), role(other))).toBeUndefined();
  });
  test('not where its policy denies it, whoever allows it', async () => {
    const denying = { ...allowing('*', 'kms:Decrypt'), Effect: 'Deny' };
    expect(problem(await keyWith(denying), role(home))).toBe('access');
    expect(problem(await keyWith(denying), root(home))).toBe('access');
  });
  test('for a role that its policy names in its own account, whatever the role may', async () => {
    expect(problem(await keyWith(allowing(role(home, 'nobody'), five)), role(home, 'nobody'))).toBeUndefined();
  });
  test('not where there is none, and says nothing else then', () => {
    const none = `arn:aws:kms:${region}:${home}:key/0d2c5f4e-0000-4000-8000-000000000000`;
    expect(problem(none, root(home))).toBe('access');
  });
});

describe('a grant', () => {
  const operations = ['CreateGrant', 'Decrypt', 'DescribeKey', 'GenerateDataKeyWithoutPlaintext'] as const;
  const all = [...operations, 'ReEncryptFrom', 'ReEncryptTo'] as const;
  const grant = async (KeyId: string, GranteePrincipal: string, Operations = [...all], account = home) =>
    (await as(account).send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations, Name: 'asg' }))).GrantId!;

  test('lets its grantee use the key until it is revoked, and nobody else', async () => {
    const key = await keyWith();
    const GrantId = await grant(key, role(other));
    expect(await grant(key, role(other))).toBe(GrantId);
    expect(problem(key, role(other))).toBeUndefined();
    expect(problem(key, role(other, 'nobody'))).toBe('access');
    const { Grants } = await as(home).send(new ListGrantsCommand({ KeyId: key }));
    expect(Grants).toMatchObject([
      { GrantId, GranteePrincipal: role(other), Operations: all, IssuingAccount: root(home) },
    ]);
    await as(home).send(new RevokeGrantCommand({ KeyId: key, GrantId }));
    expect(problem(key, role(other))).toBe('access');
  });
  test('is listed page by page', async () => {
    const key = await keyWith();
    for (const name of ['a', 'b', 'c']) await grant(key, role(other, name));
    const pages = [];
    for await (const { Grants } of paginateListGrants({ client: as(home), pageSize: 2 }, { KeyId: key }))
      pages.push(Grants!.map(({ GranteePrincipal }) => GranteePrincipal!.at(-1)));
    expect(pages).toEqual([['a', 'b'], ['c']]);
  });
  test('of an account that may not make one is refused, as is one of nothing', async () => {
    const key = await keyWith();
    await expect(grant(key, role(other), [...all], other)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(grant(key, role(other), ['ScheduleKeyDeletion' as 'Decrypt'])).rejects.toThrow('ScheduleKeyDeletion');
  });
});

describe('the policy of a key', () => {
  test('is read and replaced by its own account only', async () => {
    const KeyId = await keyWith(allowing(root(other)));
    for (const command of [
      new GetKeyPolicyCommand({ KeyId }),
      new PutKeyPolicyCommand({ KeyId, Policy: policyOf() }),
    ] as GetKeyPolicyCommand[])
      await expect(as(other).send(command)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await as(home).send(new PutKeyPolicyCommand({ KeyId, Policy: policyOf() }));
    expect((await as(home).send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe(policyOf());
  });
  test('decides who may look at the key from another account', async () => {
    const look = (KeyId: string) => as(other).send(new DescribeKeyCommand({ KeyId }));
    await expect(look(await keyWith())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const { KeyMetadata } = await look(await keyWith(allowing(root(other), 'kms:DescribeKey')));
    expect(KeyMetadata).toMatchObject({ AWSAccountId: home });
  });
  test.each([
    ['is no JSON', 'no'],
    ['has an unknown operator', policyOf(allowing('*', 'kms:*', { Condition: { Equals: { a: 'b' } } }))],
    ['locks its writer out', policyOf().replace(root(home), root(other))],
  ])('is refused where it %s', async (_, Policy) => {
    await expect(as(home).send(new CreateKeyCommand({ Policy }))).rejects.toMatchObject({
      name: 'MalformedPolicyDocumentException',
    });
  });
});
