// Credentials of a role in another account: the one that distribution-role.yml makes there, and no other.
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { assertAccount } from '../build/destinations.ts';
import { AccessDeniedError } from '../errors.ts';
import { environment } from './environment.ts';
import { attempt } from './fault.ts';

export type AccountCredentials = {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
};

/** Milliseconds before their end from which credentials are not used any more: the SDK asks again 5 minutes before. */
const margin = 6 * 60_000;

/** For the life of this sandbox: what was asked for an account, and until when it is good. */
const asked = new Map<string, Promise<AccountCredentials>>();

/** ARN of the role that functions take in an account. */
export const distributionRoleArn = (accountId: string) =>
  `arn:${environment.partition}:iam::${accountId}:role/${environment.distributionRoleName}`;

/**
 * A credential provider for SDK clients. InvalidRequestError for an account that the stack was not deployed for (parameter
 * `accounts`); AccessDeniedError where the role is absent or does not trust this function: STS tells the two apart in no way
 * (STS API reference, AssumeRole). The external id is the stack's id, so that the role serves this stack and no other that
 * somebody could have act for him (IAM user guide, the confused deputy problem). The session is named after the function.
 */
export const credentialsIn = (accountId: string) => async (): Promise<AccountCredentials> => {
  assertAccount(environment.accounts, accountId);
  const earlier = asked.get(accountId);
  const known = await earlier?.catch(() => undefined);
  if (known && known.expiration.getTime() - margin > Date.now()) return known;
  // Who waited for the same has asked again by now.
  const since = asked.get(accountId);
  if (since && since !== earlier) return since;
  const fresh = assume(accountId);
  asked.set(accountId, fresh);
  return fresh;
};

async function assume(accountId: string): Promise<AccountCredentials> {
  const RoleArn = distributionRoleArn(accountId);
  // At most 64 of these characters (STS API reference, AssumeRole).
  const RoleSessionName = environment.functionName.replace(/[^\w+=,.@-]/g, '-').slice(-64);
  const request = { RoleArn, RoleSessionName, ExternalId: environment.stackId };
  try {
    const answer = await attempt(
      `Tried to assume role ${environment.distributionRoleName} of account ${accountId}`,
      () => new STSClient({}).send(new AssumeRoleCommand(request)),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials!;
    return {
      accessKeyId: AccessKeyId!,
      secretAccessKey: SecretAccessKey!,
      sessionToken: SessionToken!,
      expiration: Expiration!,
    };
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    throw new AccessDeniedError(
      `${error.message} Deploy distribution-role.yml into account ${accountId} with StackId=${environment.stackId}: docs/distribution.md.`,
      { cause: error },
    );
  }
}
