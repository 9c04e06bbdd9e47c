// Settings of AMIs and of the account about AMIs: one SDK call per function, faults translated, no decisions.
import {
  EC2Client,
  type EC2ClientConfig,
  EnableImageDeprecationCommand,
  EnableImageDeregistrationProtectionCommand,
  GetImageBlockPublicAccessStateCommand,
} from '@aws-sdk/client-ec2';
import { destinationText } from '../build/destinations.ts';
import { attempt } from './fault.ts';

export type AmiSettings = {
  /** Whether the account lets no AMI of the region become public. */
  publicAccessBlocked(): Promise<boolean>;
  deprecate(id: string, at: Date): Promise<void>;
  protect(id: string, withCooldown: boolean): Promise<void>;
};

/** Those of one region, in the account of the function or of the credentials. */
export function amiSettingsOf(
  region: string,
  credentials?: EC2ClientConfig['credentials'],
  account?: string,
): AmiSettings {
  const place = destinationText({ region, account });
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  return {
    publicAccessBlocked: () =>
      attempt(`Tried to read whether AMIs may be public in ${place}`, async () => {
        const answer = await client.send(new GetImageBlockPublicAccessStateCommand({}));
        return answer.ImageBlockPublicAccessState !== 'unblocked';
      }),
    deprecate: (ImageId, DeprecateAt) =>
      attempt(`Tried to set the deprecation date of AMI ${ImageId} in ${place}`, async () => {
        await client.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt }));
      }),
    protect: (ImageId, WithCooldown) =>
      attempt(`Tried to protect AMI ${ImageId} in ${place} from deregistration`, async () => {
        await client.send(new EnableImageDeregistrationProtectionCommand({ ImageId, WithCooldown }));
      }),
  };
}
