// Who may do what with a key: its policy, its grants and the caller's own policies together, none of them alone across accounts.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
import type { Access } from '../iam/access.ts';
import { need } from '../iam/need.ts';
import { readPolicy } from '../iam/policy.ts';
import { AwsError, type Caller } from '../service.ts';
import { accountOf, type Key, policyOf } from './keys.ts';

export type Rights = Pick<Access, 'refusalOfKey'>;

/** Why a caller may not do it, in AWS's words; undefined where he may. `action` is without `kms:`. */
export function refusal(
  rights: Rights,
  key: Key,
  action: string,
  { accountId, principalArn, region }: Caller,
  more: Record<string, string> = {},
): string | undefined {
  const granted = (key.grants ?? []).some(
    ({ grantee, operations }) => operations.includes(action) && isHis(grantee, principalArn),
  );
  const policy = readPolicy('key policy', JSON.parse(policyOf(key)), 'resource');
  const asked = need(`kms:${action}`, key.arn, { 'kms:CallerAccount': accountId, ...more });
  return rights.refusalOfKey(principalArn, asked, { policy, granted, region });
}

const isHis = (grantee: string, principalArn: string) =>
  grantee === principalArn || grantee === `arn:aws:iam::${accountOf(principalArn)}:root`;

/** AccessDeniedException. `alsoOthers`: whether it is an operation that works across accounts at all (KMS developer guide, permissions reference). */
export function assertMay(
  rights: Rights,
  key: Key,
  action: string,
  caller: Caller,
  alsoOthers: 'alsoOthers' | 'ownersOnly',
): void {
  const foreign = accountOf(key.arn) !== caller.accountId;
  const because =
    foreign && alsoOthers === 'ownersOnly'
      ? 'because no resource-based policy can allow it to another account'
      : refusal(rights, key, action, caller);
  if (because)
    throw new AwsError(
      'AccessDeniedException',
      `User: ${caller.principalArn} is not authorized to perform: kms:${action} on resource: ${key.arn} ${because}`,
    );
}
