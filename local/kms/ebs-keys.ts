// What EBS does with keys in the name of who copies an AMI or launches one: nothing is encrypted, but whether it might be is decided as KMS decides it.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
import { AwsError, type Caller } from '../service.ts';
import { type Rights, refusal } from './authority.ts';
import { isManaged, type Key, type Keys, type Scope } from './keys.ts';

export type EbsKeys = {
  /** The ARN of a customer's key, however it is named, where there is such a key; undefined for the key of EBS itself. */
  customerKey(name: string | undefined, scope: Scope): string | undefined;
  /** The ARN of the key of EBS itself in an account and region. */
  ownKey(scope: Scope): string;
  /** Why EBS may not use a customer's key for the caller in the key's region; undefined where it may. */
  problem(key: string, caller: Caller): KeyProblem | undefined;
};

export type KeyProblem = {
  /** `access` includes that there is no such key: KMS does not tell the two apart. */
  kind: 'access' | 'state';
  said: string;
};

const actions = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

export function ebsKeys(keys: Keys, rights: Rights): EbsKeys {
  const look = (name: string, scope: Scope): Key | undefined => {
    try {
      return keys.find(name, scope);
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  };
  return {
    customerKey(name, scope) {
      if (name === undefined || /(^|:)alias\/aws\//.test(name)) return undefined;
      const found = look(name, scope);
      return found && isManaged(found) ? undefined : (found?.arn ?? name);
    },
    ownKey: (scope) => keys.find('alias/aws/ebs', scope).arn,
    problem(name, caller) {
      const region = name.startsWith('arn:') ? name.split(':')[3]! : caller.region;
      const key = look(name, { ...caller, region });
      // What a copy's snapshot says, as it is quoted of AWS (aws-samples/aws-backup-automation, issue 2).
      const inaccessible: KeyProblem = { kind: 'access', said: 'Given key ID is not accessible' };
      if (!key) return inaccessible;
      for (const action of actions) {
        const more = {
          'kms:ViaService': `ec2.${region}.amazonaws.com`,
          ...(action === 'CreateGrant' && { 'kms:GrantIsForAWSResource': 'true' }),
        };
        if (refusal(rights, key, action, { ...caller, region }, more)) return inaccessible;
      }
      // EBS user guide, EventBridge events: "arn:aws:kms:… is disabled."
      const why = key.state === 'Disabled' ? 'disabled' : 'pending deletion';
      return key.state === 'Enabled' ? undefined : { kind: 'state', said: `${key.arn} is ${why}.` };
    },
  };
}
