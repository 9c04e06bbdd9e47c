// The keys of KMS and their aliases, on disk: each of one account and region, with its policy and grants.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Caller } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

export type Grant = {
  id: string;
  created: number;
  grantee: string;
  issuer: string;
  operations: string[];
  name?: string;
  retiring?: string;
};

export type Key = {
  arn: string;
  created: number;
  description: string;
  spec: string;
  usage: string;
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  /** Epoch milliseconds of its deletion. */
  deleted?: number;
  /** A JSON document; absent where it is the default. */
  policy?: string;
  grants?: Grant[];
};

export type Scope = Pick<Caller, 'accountId' | 'region'>;

export type Keys = {
  make(scope: Scope, settings: Pick<Key, 'description' | 'spec' | 'usage' | 'policy'>): Key;
  /** By id, alias or ARN, as it is named in an account and region; NotFoundException where there is none. */
  find(name: unknown, scope: Scope): Key;
  /** As `find`, for operations that take no alias. */
  own(name: unknown, scope: Scope): Key;
  addAlias(name: string, key: Key, scope: Scope): void;
  save(): void;
};

export function openKeys(stateDirectory: string, clock: Cloud['clock']): Keys {
  const file = join(stateDirectory, 'kms', 'keys.json');
  type Kept = { keys: Record<string, Key>; aliases: Record<string, string> };
  const kept = readJson<Kept>(file, { keys: {}, aliases: {} });
  const save = () => writeJson(file, kept);

  const make: Keys['make'] = (scope, settings) => {
    const arn = arnOf(scope, `key/${randomUUID()}`);
    const key: Key = { arn, created: clock.now(), state: 'Enabled', ...settings };
    kept.keys[arn] = key;
    save();
    return key;
  };
  const self: Keys = {
    ...{ make, save },
    own(name, scope) {
      if (!/(^|:)alias\//.test(String(name))) return self.find(name, scope);
      throw new AwsError('NotFoundException', `Invalid keyId ${name}`);
    },
    find(name, scope) {
      const asked = String(name);
      const arn = asked.startsWith('arn:') ? asked : arnOf(scope, asked.startsWith('alias/') ? asked : `key/${asked}`);
      const managed = /:(alias\/aws\/.+)$/.exec(arn)?.[1];
      // DescribeKey of an AWS alias makes the key that AWS manages (KMS API reference, DescribeKey).
      if (managed && !kept.aliases[arn]) {
        const settings = { description: managed, spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' };
        kept.aliases[arn] = make(scope, settings).arn;
      }
      const found = kept.keys[kept.aliases[arn] ?? arn];
      // A key is known to its own region only.
      if (found && found.arn.split(':')[3] === scope.region) return found;
      throw new AwsError('NotFoundException', `${arn.includes(':alias/') ? 'Alias' : 'Key'} '${arn}' does not exist`);
    },
    addAlias(name, key, scope) {
      const arn = arnOf(scope, name);
      if (kept.aliases[arn])
        throw new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
      kept.aliases[arn] = key.arn;
      save();
    },
  };
  return self;
}

const arnOf = ({ accountId, region }: Scope, resource: string) => `arn:aws:kms:${region}:${accountId}:${resource}`;

export const accountOf = (arn: string) => arn.split(':')[4] ?? '';

/** Of AWS's own keys the alias is all that tells them. */
export const isManaged = ({ description }: Key) => /^alias\/aws\//.test(description);

/**
 * The default of KMS leaves a key to the IAM of its account; a key that AWS manages may be used by anybody of its account.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
 */
export function policyOf(key: Key): string {
  if (key.policy !== undefined) return key.policy;
  const root = `arn:aws:iam::${accountOf(key.arn)}:root`;
  const statement = isManaged(key)
    ? {
        Principal: { AWS: '*' },
        Condition: { StringEquals: { 'kms:CallerAccount': accountOf(key.arn) } },
      }
    : { Sid: 'Enable IAM User Permissions', Principal: { AWS: root } };
  const Statement = [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...statement }];
  return JSON.stringify({ Version: '2012-10-17', Id: 'key-default-1', Statement });
}
