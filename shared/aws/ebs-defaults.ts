// What the account says of new EBS volumes in a region: whether they are encrypted, and with which key.
import { EC2Client, GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import type { EbsDefaults } from '../build/sharing.ts';
import { attempt } from './fault.ts';

/** `key` is `alias/aws/ebs`, or the ARN of the key that the account has set instead (EC2 API, GetEbsDefaultKmsKeyId). */
export function ebsDefaults(region: string): Promise<EbsDefaults> {
  const client = new EC2Client({ region });
  return attempt(`Tried to read whether ${region} encrypts new volumes`, async () => {
    const { EbsEncryptionByDefault: encrypted = false } = await client.send(new GetEbsEncryptionByDefaultCommand({}));
    if (!encrypted) return { encrypted };
    const { KmsKeyId: key } = await client.send(new GetEbsDefaultKmsKeyIdCommand({}));
    return { encrypted, ...(key && { key }) };
  });
}
