// Whether another account may use a KMS key, as far as its policy and grants tell, and which keys a copy needs.
import type { Plan, PlannedDistribution } from './plan.ts';
import { encryptedDevices } from './sharing.ts';

/** What EBS needs of a key in the name of who copies or launches (EBS user guide, share the KMS key of a shared snapshot). */
const neededActions =
  'kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt*';

/** A customer's key as it is named in a pipeline file, and the region where it is looked up. */
export type NamedKey = { key: string; region: string };

const isCustomers = (key: string | undefined): key is string => key !== undefined && !/(?:^|:)alias\/aws\//.test(key);

/** The keys that the AMI in the home region is under, as far as the recipe names them or they were looked up. */
export function sourceKeys(plan: Plan): NamedKey[] {
  const keys = encryptedDevices(plan, { encrypted: false }).map(({ key }) => key);
  return [...new Set(keys)].filter(isCustomers).map((key) => ({ key, region: plan.homeRegion }));
}

/** The account whose key it is: that of its ARN, or else the one in which it is looked up. */
export const accountOfKey = (key: string, asked: string) => (key.startsWith('arn:') ? key.split(':')[4] : asked);

type Statement = { Effect?: string; Principal?: unknown };

/** Texts that a statement's Principal names; undefined for NotPrincipal, which may be anybody. */
const principalsOf = ({ Principal }: Statement): string[] | undefined =>
  typeof Principal === 'object' && Principal !== null
    ? [(Principal as { AWS?: string | string[] }).AWS ?? []].flat()
    : typeof Principal === 'string'
      ? [Principal]
      : undefined;

const isOf = (account: string, principal: string) =>
  principal === '*' || principal === account || principal.split(':')[4] === account;

/**
 * Whether a key's policy (JSON) allows anything at all to principals of an account. False is sure: without it only a grant
 * can let that account in (KMS developer guide, allowing users in other accounts to use a KMS key). What the statement allows
 * is left to KMS: conditions decide about it that are not known beforehand.
 */
export function policyNames(policy: string, account: string): boolean {
  const { Statement = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return [Statement]
    .flat()
    .filter(({ Effect }) => Effect === 'Allow')
    .some((statement) => principalsOf(statement)?.some((one) => isOf(account, one)) ?? true);
}

/** Whether one of a key's grantees is a principal of an account. */
export const grantsName = (grantees: string[], account: string) => grantees.some((one) => isOf(account, one));

const statementFor = (account: string) =>
  `let arn:aws:iam::${account}:root have ${neededActions} (docs/distribution.md, keys and other accounts)`;

export const keyAccessProblem = ({ key, region }: NamedKey, account: string, use: string) =>
  `The policy of the key ${key} in ${region} allows account ${account} nothing, and ${use}: EBS uses the key in the name of that account. In the key's policy, ${statementFor(account)}.`;

/** Accounts told of one key. */
const mostAccounts = 10;

export function launchKeyProblem({ key, region }: NamedKey, accounts: string[]): string {
  const some = accounts.slice(0, mostAccounts).join(', ');
  const more = accounts.length > mostAccounts ? ` and ${accounts.length - mostAccounts} more` : '';
  return `The policy of the key ${key} in ${region} allows nothing to ${some}${more}: who may launch the AMI and not use its key sees it, and cannot launch it. In the key's policy, ${statementFor(accounts[0]!)}.`;
}

/** What to do about a copy that EBS could not make for want of a key; undefined where no key is known to be needed. */
export function keyAdvice(plan: Plan, to: PlannedDistribution, own: string): string | undefined {
  const account = to.accountId ?? own;
  const keys = [
    ...sourceKeys(plan).map(({ key, region }) => `the key ${key} of ${region}, which the AMI is under`),
    ...(isCustomers(to.kmsKeyId) ? [`the key ${to.kmsKeyId} of ${to.region}, which the copy is to be under`] : []),
  ];
  if (keys.length === 0) return undefined;
  return `The copy needs ${keys.join(', and ')}, in the name of account ${account}. Is each there and enabled? In its policy, ${statementFor(account)}.`;
}
