// KMS, as far as those who name keys need it: keys, their states and aliases. Nothing is encrypted with them; who may use one is left to IAM.
// https://docs.aws.amazon.com/kms/latest/APIReference/
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Caller, type Input, type Operation, type Service } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

type Key = {
  arn: string;
  created: number;
  description: string;
  spec: string;
  usage: string;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** Epoch milliseconds of its deletion. */
  deleted?: number;
};

type Kept = { keys: Record<string, Key>; aliases: Record<string, string> };

/** Specs with what such keys are for, where a client says nothing (KMS API reference, CreateKey). */
const usages: Record<string, string[]> = {
  SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
  RSA_2048: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  ECC_NIST_P256: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  HMAC_256: ['GENERATE_VERIFY_MAC'],
};

const dayMilliseconds = 24 * 60 * 60 * 1000;

export function kms({ clock, stateDirectory }: Pick<Cloud, 'clock' | 'stateDirectory'>): Service {
  const file = join(stateDirectory, 'kms', 'keys.json');
  const kept = readJson<Kept>(file, { keys: {}, aliases: {} });
  const save = () => writeJson(file, kept);

  const make = (caller: Caller, settings: Pick<Key, 'description' | 'spec' | 'usage'>): Key => {
    const arn = arnOf(caller, `key/${randomUUID()}`);
    kept.keys[arn] = { arn, created: clock.now(), state: 'Enabled', ...settings };
    save();
    return kept.keys[arn];
  };

  const find = (KeyId: unknown, caller: Caller): Key => {
    const asked = String(KeyId);
    const arn = asked.startsWith('arn:') ? asked : arnOf(caller, asked.startsWith('alias/') ? asked : `key/${asked}`);
    const managed = /:(alias\/aws\/.+)$/.exec(arn)?.[1];
    // DescribeKey of an AWS alias makes the key that AWS manages (KMS API reference, DescribeKey).
    if (managed && !kept.aliases[arn])
      kept.aliases[arn] = make(caller, {
        description: managed,
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
      }).arn;
    const found = kept.keys[kept.aliases[arn] ?? arn];
    // A key is known to its own region only.
    if (found && found.arn.split(':')[3] === caller.region) return found;
    throw new AwsError('NotFoundException', `${arn.includes(':alias/') ? 'Alias' : 'Key'} '${arn}' does not exist`);
  };

  const switching =
    (state: 'Enabled' | 'Disabled'): Operation =>
    ({ KeyId }, caller) => {
      const key = find(KeyId, caller);
      if (key.state === 'PendingDeletion')
        throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`);
      key.state = state;
      save();
      return {};
    };

  return {
    signingName: 'kms',
    protocol: 'json',
    targetPrefix: 'TrentService',
    jsonVersion: '1.1',
    operations: {
      CreateKey: accepting('Description KeySpec KeyUsage', (input, caller) => {
        const { Description = '', KeySpec: spec = 'SYMMETRIC_DEFAULT', KeyUsage } = input;
        const allowed = usages[String(spec)];
        const usage = String(KeyUsage ?? allowed?.[0]);
        if (!allowed?.includes(usage))
          throw new AwsError('ValidationException', `A key of KeySpec ${spec} for KeyUsage ${usage} is not supported.`);
        return { KeyMetadata: view(make(caller, { description: String(Description), spec: String(spec), usage })) };
      }),
      DescribeKey: accepting('KeyId', ({ KeyId }, caller) => ({ KeyMetadata: view(find(KeyId, caller)) })),
      EnableKey: accepting('KeyId', switching('Enabled')),
      DisableKey: accepting('KeyId', switching('Disabled')),
      ScheduleKeyDeletion: accepting('KeyId PendingWindowInDays', ({ KeyId, PendingWindowInDays = 30 }, caller) => {
        const key = find(KeyId, caller);
        key.state = 'PendingDeletion';
        key.deleted = clock.now() + Number(PendingWindowInDays) * dayMilliseconds;
        save();
        return { KeyId: key.arn, DeletionDate: key.deleted / 1000, KeyState: key.state, PendingWindowInDays };
      }),
      CreateAlias: accepting('AliasName TargetKeyId', ({ AliasName, TargetKeyId }, caller) => {
        if (!/^alias\/(?!aws\/)[a-zA-Z0-9/_-]+$/.test(String(AliasName)))
          throw new AwsError('InvalidAliasNameException', `${AliasName} is no name that an alias may have.`);
        const arn = arnOf(caller, String(AliasName));
        if (kept.aliases[arn])
          throw new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
        kept.aliases[arn] = find(TargetKeyId, caller).arn;
        save();
        return {};
      }),
    },
  };
}

const arnOf = ({ accountId, region }: Caller, resource: string) => `arn:aws:kms:${region}:${accountId}:${resource}`;

function view({ arn, created, description, spec, usage, state, deleted }: Key) {
  return {
    AWSAccountId: arn.split(':')[4],
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
    KeyManager: /^alias\/aws\//.test(description) ? 'AWS' : 'CUSTOMER',
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
