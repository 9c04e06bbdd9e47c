// What EC2 does with keys in the name of its caller, where a key of the customer's is used; AWS's own keys ask for nothing.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
import { type Need, need } from '../need.ts';

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
    const resource = key.startsWith('arn:')
      ? key.replace(':alias/', ':key/alias-')
      : `arn:aws:kms:${region}:${accountId}:key/${key.replace('/', '-')}`;
    return actions.map((action) =>
      need(`kms:${action}`, resource, {
        'kms:ViaService': `ec2.${region}.amazonaws.com`,
        'kms:CallerAccount': accountId,
        ...(action === 'CreateGrant' && { 'kms:GrantIsForAWSResource': 'true' }),
      }),
    );
  });
}
