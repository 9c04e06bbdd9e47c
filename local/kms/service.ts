// KMS, as far as those who name keys need it: keys, their states, aliases, policies and grants. Nothing is encrypted with them.
// https://docs.aws.amazon.com/kms/latest/APIReference/
import type { Cloud } from '../cloud.ts';
import { AwsError, type Input, type Operation, type Service } from '../service.ts';
import { assertMay, type Rights } from './authority.ts';
import { type EbsKeys, ebsKeys } from './ebs-keys.ts';
import { grantOperations, grantParameters } from './grants.ts';
import { checkedPolicy, keyPolicyOperations, keyPolicyParameters } from './key-policy.ts';
import { accountOf, isManaged, type Key, openKeys } from './keys.ts';

/** Specs with what such keys are for, where a client says nothing (KMS API reference, CreateKey). */
const usages: Record<string, string[]> = {
  SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
  RSA_2048: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  ECC_NIST_P256: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  HMAC_256: ['GENERATE_VERIFY_MAC'],
};

const dayMilliseconds = 24 * 60 * 60 * 1000;

export function kms(
  { clock, stateDirectory }: Pick<Cloud, 'clock' | 'stateDirectory'>,
  rights: Rights,
): { service: Service; forEbs: EbsKeys } {
  const keys = openKeys(stateDirectory, clock);

  const switching =
    (action: string, state: 'Enabled' | 'Disabled'): Operation =>
    ({ KeyId }, caller) => {
      const key = keys.own(KeyId, caller);
      assertMay(rights, key, action, caller, 'ownersOnly');
      if (key.state === 'PendingDeletion')
        throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
      key.state = state;
      keys.save();
      return {};
    };

  const operations: Record<string, [parameters: string, Operation]> = {
    CreateKey: [
      'Description KeySpec KeyUsage Policy BypassPolicyLockoutSafetyCheck',
      (input, caller) => {
        const { Description = '', KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage, Policy } = input;
        const allowed = usages[String(spec)];
        const usage = String(KeyUsage ?? allowed?.[0]);
        if (!allowed?.includes(usage))
          throw new AwsError('ValidationException', `A key of KeySpec ${spec} for KeyUsage ${usage} is not supported.`);
        const settings = { description: String(Description), spec: String(spec), usage };
        if (Policy === undefined) return { KeyMetadata: view(keys.make(caller, settings)) };
        const arn = `arn:aws:kms:${caller.region}:${caller.accountId}:key/new`;
        const future: Key = { ...settings, arn, created: 0, state: 'Enabled' };
        const policy = checkedPolicy(rights, future, Policy, caller, input.BypassPolicyLockoutSafetyCheck);
        return { KeyMetadata: view(keys.make(caller, { ...settings, policy })) };
      },
    ],
    DescribeKey: [
      'KeyId',
      ({ KeyId }, caller) => {
        const key = keys.find(KeyId, caller);
        assertMay(rights, key, 'DescribeKey', caller, 'alsoOthers');
        return { KeyMetadata: view(key) };
      },
    ],
    EnableKey: ['KeyId', switching('EnableKey', 'Enabled')],
    DisableKey: ['KeyId', switching('DisableKey', 'Disabled')],
    ScheduleKeyDeletion: [
      'KeyId PendingWindowInDays',
      ({ KeyId, PendingWindowInDays = 30 }, caller) => {
        const key = keys.own(KeyId, caller);
        assertMay(rights, key, 'ScheduleKeyDeletion', caller, 'ownersOnly');
        key.state = 'PendingDeletion';
        key.deleted = clock.now() + Number(PendingWindowInDays) * dayMilliseconds;
        keys.save();
        return { KeyId: key.arn, DeletionDate: key.deleted / 1000, KeyState: key.state, PendingWindowInDays };
      },
    ],
    CreateAlias: [
      'AliasName TargetKeyId',
      ({ AliasName, TargetKeyId }, caller) => {
        if (!/^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/.test(String(AliasName)))
          throw new AwsError('InvalidAliasNameException', `${AliasName} is no name that an alias may have.`);
        const key = keys.own(TargetKeyId, caller);
        assertMay(rights, key, 'CreateAlias', caller, 'ownersOnly');
        keys.addAlias(String(AliasName), key, caller);
        return {};
      },
    ],
    ...withParameters(keyPolicyParameters, keyPolicyOperations(keys, rights)),
    ...withParameters(
      grantParameters,
      grantOperations(keys, rights, () => clock.now()),
    ),
  };
  return {
    forEbs: ebsKeys(keys, rights),
    service: {
      signingName: 'kms',
      protocol: 'json',
      targetPrefix: 'TrentService',
      jsonVersion: '1.1',
      operations: Object.fromEntries(
        Object.entries(operations).map(([name, [parameters, operation]]) => [name, accepting(parameters, operation)]),
      ),
    },
  };
}

const withParameters = (
  parameters: Record<string, string>,
  operations: Record<string, Operation>,
): Record<string, [string, Operation]> =>
  Object.fromEntries(Object.entries(operations).map(([name, operation]) => [name, [parameters[name]!, operation]]));

function view(key: Key) {
  const { arn, created, description, spec, usage, state, deleted } = key;
  return {
    AWSAccountId: accountOf(arn),
    KeyId: arn.split('/').at(-1),
    Arn: arn,
    CreationDate: created / 1000,
    Enabled: state === 'Enabled',
    Description: description,
    KeyUsage: usage,
    KeySpec: spec,
    KeyState: state,
    ...(deleted && { DeletionDate: deleted / 1000 }),
    Origin: 'AWS_KMS',
    KeyManager: isManaged(key) ? 'AWS' : 'CUSTOMER',
    MultiRegion: false,
  };
}

function accepting(parameters: string, operation: Operation): Operation {
  const known = new Set(parameters.split(' '));
  return (input: Input, caller) => {
    const unknown = Object.keys(input).filter((name) => !known.has(name));
    if (unknown.length === 0) return operation(input, caller);
    throw new AwsError(
      'UnsupportedOperationException',
      `The local cloud does not support the parameter ${unknown.join(', ')} here.`,
    );
  };
}
