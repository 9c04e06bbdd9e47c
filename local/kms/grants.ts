// Grants: a right to use one key, given to one principal beside the key's policy.
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { assertMay, type Rights } from './authority.ts';
import type { Grant, Key, Keys } from './keys.ts';

const grantable =
  'Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo Sign Verify GetPublicKey CreateGrant RetireGrant DescribeKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateMac VerifyMac DeriveSharedSecret'.split(
    ' ',
  );

export const grantParameters = {
  CreateGrant: 'KeyId GranteePrincipal Operations RetiringPrincipal Name',
  ListGrants: 'KeyId GrantId GranteePrincipal Limit Marker',
  RevokeGrant: 'KeyId GrantId',
};

export function grantOperations(
  keys: Keys,
  rights: Rights,
  now: () => number,
): Record<keyof typeof grantParameters, Operation> {
  return {
    CreateGrant(input: Input, caller: Caller) {
      const key = keys.own(input.KeyId, caller);
      assertMay(rights, key, 'CreateGrant', caller, 'alsoOthers');
      const { GranteePrincipal: grantee, Operations: operations = [], Name: name, RetiringPrincipal: retiring } = input;
      if (!/^arn:aws[a-z-]*:(iam|sts)::\d{12}:.+$/.test(String(grantee)))
        throw new AwsError('InvalidArnException', `ARN does not refer to a valid principal: ${grantee}`);
      const wrong = (operations as string[]).find((one) => !grantable.includes(one));
      if (wrong !== undefined || operations.length === 0)
        throw new AwsError('ValidationException', `Operations: ${wrong ?? 'none'} is nothing that a grant can allow`);
      // The same grant by the same name is one (KMS API reference, CreateGrant).
      const same = (one: Grant) =>
        name !== undefined && one.name === name && one.grantee === grantee && `${one.operations}` === `${operations}`;
      let grant = key.grants?.find(same);
      if (!grant) {
        const id = createHash('sha256').update(randomUUID()).digest('hex');
        grant = { id, created: now(), grantee, issuer: `arn:aws:iam::${caller.accountId}:root`, operations };
        Object.assign(grant, { ...(name && { name }), ...(retiring && { retiring }) });
        key.grants = [...(key.grants ?? []), grant];
        keys.save();
      }
      return { GrantId: grant.id, GrantToken: Buffer.from(grant.id).toString('base64') };
    },
    ListGrants({ KeyId, GrantId, GranteePrincipal, Limit = 50, Marker = '0' }, caller) {
      const key = keys.own(KeyId, caller);
      assertMay(rights, key, 'ListGrants', caller, 'alsoOthers');
      const asked = (key.grants ?? []).filter(
        ({ id, grantee }) => (GrantId ?? id) === id && (GranteePrincipal ?? grantee) === grantee,
      );
      const end = Number(Marker) + Number(Limit);
      const more = end < asked.length;
      return {
        Grants: asked.slice(Number(Marker), end).map((grant) => view(key, grant)),
        Truncated: more,
        ...(more && { NextMarker: String(end) }),
      };
    },
    RevokeGrant({ KeyId, GrantId }, caller) {
      const key = keys.own(KeyId, caller);
      assertMay(rights, key, 'RevokeGrant', caller, 'alsoOthers');
      if (!key.grants?.some(({ id }) => id === GrantId))
        throw new AwsError('NotFoundException', `Grant ID ${GrantId} not found`);
      key.grants = key.grants.filter(({ id }) => id !== GrantId);
      keys.save();
      return {};
    },
  };
}

const view = (key: Key, { id, created, grantee, issuer, operations, name, retiring }: Grant) => ({
  ...{ KeyId: key.arn, GrantId: id, CreationDate: created / 1000, GranteePrincipal: grantee, IssuingAccount: issuer },
  ...{ Operations: operations, ...(name && { Name: name }), ...(retiring && { RetiringPrincipal: retiring }) },
});
