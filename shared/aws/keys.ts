// KMS keys as far as EBS is to use them: one SDK call per function, faults translated, no decisions.
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  type KMSClientConfig,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { destinationText } from '../build/destinations.ts';
import type { KeyView } from '../build/preflight.ts';
import { attempt } from './fault.ts';

export type Keys = {
  /**
   * `key`: id, alias or ARN. NotFoundError where there is none in the account that its ARN, or else the caller, names;
   * AccessDeniedError where its policy says nothing of the caller (KMS API reference, DescribeKey).
   */
  find(key: string): Promise<KeyView>;
  /** The policy of a key of the caller's own account, by its ARN, as JSON. */
  policyOf(arn: string): Promise<string>;
  /** ARNs of those whom its grants let in: of the first thousand grants, and undefined where there are more. */
  granteesOf(arn: string): Promise<string[] | undefined>;
};

/** The keys of one region, in the account of the function or of the credentials. */
export function keysOf(region: string, credentials?: KMSClientConfig['credentials'], account?: string): Keys {
  const place = destinationText({ region, account });
  const client = new KMSClient({ region, ...(credentials && { credentials }) });
  return {
    find: (KeyId) =>
      attempt(`Tried to look at KMS key ${KeyId} in ${place}`, async () => {
        const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
        const { Arn, KeyState, KeySpec, KeyUsage, KeyManager } = KeyMetadata!;
        return { arn: Arn!, state: KeyState!, spec: KeySpec!, usage: KeyUsage!, managed: KeyManager === 'AWS' };
      }),
    policyOf: (KeyId) =>
      attempt(`Tried to read the policy of KMS key ${KeyId}`, async () => {
        return (await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy!;
      }),
    granteesOf: (KeyId) =>
      attempt(`Tried to list the grants of KMS key ${KeyId}`, async () => {
        const found: string[] = [];
        let Marker: string | undefined;
        // By hand: bundles hold the members of AWS's structures that our sources name, and so none that only a paginator reads.
        do {
          if (found.length >= 1000) return undefined;
          const request = { KeyId, Limit: 100, ...(Marker && { Marker }) };
          const { Grants = [], Truncated, NextMarker } = await client.send(new ListGrantsCommand(request));
          found.push(...Grants.flatMap(({ GranteePrincipal }) => GranteePrincipal ?? []));
          Marker = Truncated ? NextMarker : undefined;
        } while (Marker);
        return found;
      }),
  };
}
