// Policies of keys.
import { targetAccount } from '../forbidden-acts.ts';

/** Of a key that the target account may use too; `more` is said besides. */
export const keyPolicy = (...more: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Action: 'kms:*', Resource: '*' },
        Principal: { AWS: ['000000000000', targetAccount].map((account) => `arn:aws:iam::${account}:root`) },
      },
      ...more,
    ],
  });
