// What the account says of new volumes: they are not encrypted by default, as in an account that was left as it came.
import type { Operation } from '../service.ts';

export const encryptionOperations: Record<string, Operation> = {
  GetEbsEncryptionByDefault: () => ({ ebsEncryptionByDefault: false }),
  GetEbsDefaultKmsKeyId: () => ({ kmsKeyId: 'alias/aws/ebs' }),
};
