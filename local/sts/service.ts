// STS: who am I, and keys for a role that lets the caller in.
import { createHash } from 'node:crypto';
import type { Credentials } from '../door/credentials.ts';
import { AwsError, type Caller, type Service } from '../service.ts';

/** Whether a role lets a principal in that names this external id; false where there is no such role. */
export type LetsIn = (roleArn: string, caller: Caller, externalId: string | undefined, sessionName: string) => boolean;

export function sts(credentials: Credentials, letsIn: LetsIn): Service {
  return {
    signingName: 'sts',
    protocol: 'query',
    version: '2011-06-15',
    operations: {
      GetCallerIdentity(_, caller) {
        const principal = credentials.principal(caller.accessKeyId);
        if (!principal) return { UserId: caller.accountId, Account: caller.accountId, Arn: caller.principalArn };
        const { roleArn, sessionName } = principal;
        return {
          UserId: userId(roleArn, sessionName),
          Account: caller.accountId,
          Arn: sessionArn(roleArn, sessionName),
        };
      },
      AssumeRole(input, caller) {
        const { RoleArn, RoleSessionName, DurationSeconds = '3600', ExternalId } = input;
        const known = ['RoleArn', 'RoleSessionName', 'DurationSeconds', 'ExternalId', 'Action', 'Version'];
        const unknown = Object.keys(input).filter((name) => !known.includes(name));
        if (unknown.length > 0)
          throw new AwsError(
            'ValidationError',
            `The local cloud does not support the parameter ${unknown.join(', ')} here.`,
          );
        if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(RoleArn)) {
          throw new AwsError('ValidationError', `${RoleArn} is invalid: RoleArn must be the ARN of an IAM role`);
        }
        if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) {
          throw new AwsError(
            'ValidationError',
            `RoleSessionName must have 2 to 64 of the characters A-Za-z0-9_+=,.@-: ${RoleSessionName}`,
          );
        }
        const seconds = Number(DurationSeconds);
        if (!(seconds >= 900 && seconds <= 43_200)) {
          throw new AwsError('ValidationError', `DurationSeconds must be from 900 to 43200: ${DurationSeconds}`);
        }
        if (ExternalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(ExternalId))
          throw new AwsError(
            'ValidationError',
            `ExternalId must have 2 to 1224 of the characters A-Za-z0-9_+=,.@:/-: ${ExternalId}`,
          );
        if (!letsIn(RoleArn, caller, ExternalId, RoleSessionName))
          throw new AwsError(
            'AccessDenied',
            `User: ${userArn(credentials, caller)} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
            403,
          );
        const keys = credentials.issue(RoleArn, RoleSessionName, seconds);
        return {
          Credentials: {
            AccessKeyId: keys.accessKeyId,
            SecretAccessKey: keys.secretAccessKey,
            SessionToken: keys.sessionToken,
            Expiration: keys.expiration,
          },
          AssumedRoleUser: {
            AssumedRoleId: userId(RoleArn, RoleSessionName),
            Arn: sessionArn(RoleArn, RoleSessionName),
          },
        };
      },
    },
  };
}

/** STS says the same of a role that is not there and of one that does not trust the caller. */
function userArn(credentials: Credentials, { accessKeyId, principalArn }: Caller): string {
  const principal = credentials.principal(accessKeyId);
  return principal ? sessionArn(principal.roleArn, principal.sessionName) : principalArn;
}

// The role's path is not part of a session's ARN.
function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition, , , accountId, resource = ''] = roleArn.split(':');
  return `arn:${partition}:sts::${accountId}:assumed-role/${resource.split('/').at(-1)}/${sessionName}`;
}

function userId(roleArn: string, sessionName: string): string {
  const id = createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase();
  return `AROA${id}:${sessionName}`;
}
