// Who sent a request: the role behind keys that the local cloud issued (signature checked), else an account, its keys accepted unseen.
import type { Caller } from '../service.ts';
import type { Credentials } from './credentials.ts';
import { type Authorization, verifySignature } from './signature.ts';
import type { WireRequest } from './wire.ts';

export function resolveCaller(
  request: WireRequest,
  authorization: Authorization,
  credentials: Credentials,
  homeAccountId: string,
): Caller {
  const { accessKeyId, region } = authorization;
  const issued = credentials.find(accessKeyId, request.headers['x-amz-security-token']);
  if (issued) {
    verifySignature(request, authorization, issued.secret);
    return { accountId: issued.principal.accountId, region, accessKeyId, principalArn: issued.principal.roleArn };
  }
  const accountId = /^\d{12}$/.test(accessKeyId) ? accessKeyId : homeAccountId;
  return { accountId, region, accessKeyId, principalArn: `arn:aws:iam::${accountId}:root` };
}
