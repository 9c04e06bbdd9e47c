// Policies of keys: read and replaced whole, and never so that their writer could not do it again.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
import { readPolicy } from '../iam/policy.ts';
import { AwsError, type Caller, type Operation } from '../service.ts';
import { assertMay, type Rights, refusal } from './authority.ts';
import { type Key, type Keys, policyOf } from './keys.ts';

export const keyPolicyParameters = {
  GetKeyPolicy: 'KeyId PolicyName',
  PutKeyPolicy: 'KeyId PolicyName Policy BypassPolicyLockoutSafetyCheck',
};

/** MalformedPolicyDocumentException where it cannot be read, or would lock its writer out. */
export function checkedPolicy(rights: Rights, key: Key, policy: unknown, caller: Caller, bypass: unknown): string {
  const text = String(policy);
  try {
    readPolicy('key policy', JSON.parse(text), 'resource');
  } catch (error) {
    throw new AwsError(
      'MalformedPolicyDocumentException',
      `The key policy cannot be read: ${(error as Error).message}`,
    );
  }
  if (bypass !== true && refusal(rights, { ...key, policy: text, grants: [] }, 'PutKeyPolicy', caller))
    throw new AwsError(
      'MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.',
    );
  return text;
}

export function keyPolicyOperations(keys: Keys, rights: Rights): Record<keyof typeof keyPolicyParameters, Operation> {
  const named = (name: unknown) => {
    // The only name that there is (KMS API reference, PutKeyPolicy).
    if ((name ?? 'default') !== 'default') throw new AwsError('NotFoundException', `No such policy exists: ${name}`);
  };
  return {
    GetKeyPolicy({ KeyId, PolicyName }, caller) {
      const key = keys.own(KeyId, caller);
      assertMay(rights, key, 'GetKeyPolicy', caller, 'ownersOnly');
      named(PolicyName);
      return { Policy: policyOf(key), PolicyName: 'default' };
    },
    PutKeyPolicy({ KeyId, PolicyName, Policy, BypassPolicyLockoutSafetyCheck: bypass }, caller) {
      const key = keys.own(KeyId, caller);
      assertMay(rights, key, 'PutKeyPolicy', caller, 'ownersOnly');
      named(PolicyName);
      key.policy = checkedPolicy(rights, key, Policy, caller, bypass);
      keys.save();
      return {};
    },
  };
}
