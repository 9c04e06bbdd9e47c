// STS: who am I, and keys for a role of any account.
import { createHash } from 'node:crypto';
import type { Credentials } from '../door/credentials.ts';
import { AwsError, type Service } from '../service.ts';

export function sts(credentials: Credentials): Service {
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
      AssumeRole(input) {
        const { RoleArn, RoleSessionName, DurationSeconds = '3600' } = input;
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

// The role's path is not part of a session's ARN.
function sessionArn(roleArn: string, sessionName: string): string {
  const [, partition, , , accountId, resource = ''] = roleArn.split(':');
  return `arn:${partition}:sts::${accountId}:assumed-role/${resource.split('/').at(-1)}/${sessionName}`;
}

function userId(roleArn: string, sessionName: string): string {
  const id = createHash('sha256').update(roleArn).digest('hex').slice(0, 17).toUpperCase();
  return `AROA${id}:${sessionName}`;
}
