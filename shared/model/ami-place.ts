// Where an AMI of an image is: a region, of another account than the stack's own where it is there.
import { parseArn } from './arns.ts';
import type { ImageRecord, OutputAmi } from './image-record.ts';

/** The account of an AMI that is not the image's own account; undefined for those of the stack. */
export const otherAccount = ({ arn }: Pick<ImageRecord, 'arn'>, { accountId }: Pick<OutputAmi, 'accountId'>) =>
  accountId === parseArn(arn)?.accountId ? undefined : accountId;

/** `eu-west-1`, or `eu-west-1 of account 111111111111`. */
export function amiPlace(image: Pick<ImageRecord, 'arn'>, ami: Pick<OutputAmi, 'accountId' | 'region'>): string {
  const account = otherAccount(image, ami);
  return account ? `${ami.region} of account ${account}` : ami.region;
}
