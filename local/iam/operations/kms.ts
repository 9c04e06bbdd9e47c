// What looking at keys needs, and what EC2 does with keys in the name of its caller, where a key of the customer's is used; AWS's own keys ask for nothing.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
import { type Need, type Needs, need } from '../need.ts';

const actions = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

/** Keys by id, alias or ARN. Their own policies are taken to leave it to IAM. */
export function keyUse(keys: (string | undefined)[], { accountId }: { accountId: string }, region: string): Need[] {
  const customer = [...new Set(keys)].filter((key): key is string => key !== undefined && !/alias\/aws\//.test(key));
  return customer.flatMap((key) => {
    const resource = keyArn(key, accountId, region);
    return actions.map((action) =>
      need(`kms:${action}`, resource, {
        'kms:ViaService': `ec2.${region}.amazonaws.com`,
        'kms:CallerAccount': accountId,
        ...(action === 'CreateGrant' && { 'kms:GrantIsForAWSResource': 'true' }),
      }),
    );
  });
}

/** Policies name keys, not aliases: one stands for the key that it names. */
const keyArn = (key: string, accountId: string, region: string) =>
  key.startsWith('arn:')
    ? key.replace(':alias/', ':key/alias-')
    : `arn:aws:kms:${region}:${accountId}:key/${key.replace('/', '-')}`;

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html */
export const kmsNeeds: Needs = {
  DescribeKey: ({ KeyId }, { accountId, region }) => [
    need('kms:DescribeKey', keyArn(String(KeyId), accountId, region), { 'kms:CallerAccount': accountId }),
  ],
};
