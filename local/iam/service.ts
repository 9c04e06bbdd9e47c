// IAM, read only: the roles and instance profiles of the stacks that were loaded.
import { createHash } from 'node:crypto';
import { AwsError, type Caller, type Service } from '../service.ts';
import type { ResolvedResource } from '../template/stack.ts';

export type Iam = {
  service: Service;
  stackRole(role: ResolvedResource): void;
  stackInstanceProfile(profile: ResolvedResource): void;
};

export function iam(now: () => number): Iam {
  const roles = new Map<string, object>();
  const profiles = new Map<string, { facts: object; roles: string[] }>();
  /** By account and name. */
  const find = <Thing>(all: Map<string, Thing>, kind: string, name: unknown, { accountId }: Caller): Thing => {
    const found = all.get(`${accountId} ${name}`);
    if (found) return found;
    throw new AwsError('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`, 404);
  };
  return {
    stackRole({ name, arn, properties }) {
      const { Path = '/', AssumeRolePolicyDocument = {} } = properties;
      roles.set(`${accountOf(arn)} ${name}`, {
        ...{ Path, RoleName: name, RoleId: id('AROA', arn), Arn: arn, CreateDate: new Date(now()) },
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(AssumeRolePolicyDocument)),
      });
    },
    stackInstanceProfile({ name, arn, properties }) {
      const { Path = '/', Roles = [] } = properties;
      const facts = { Path, InstanceProfileName: name, InstanceProfileId: id('AIPA', arn), Arn: arn };
      profiles.set(`${accountOf(arn)} ${name}`, {
        facts: { ...facts, CreateDate: new Date(now()) },
        roles: (Roles as string[]).map(String),
      });
    },
    service: {
      signingName: 'iam',
      protocol: 'query',
      version: '2010-05-08',
      operations: {
        GetRole: ({ RoleName }, caller) => ({ Role: find(roles, 'role', RoleName, caller) }),
        GetInstanceProfile({ InstanceProfileName }, caller) {
          const { facts, roles: names } = find(profiles, 'instance profile', InstanceProfileName, caller);
          return {
            InstanceProfile: {
              ...facts,
              Roles: names.flatMap((name) => roles.get(`${caller.accountId} ${name}`) ?? []),
            },
          };
        },
      },
    },
  };
}

const accountOf = (arn = '') => arn.split(':')[4];

const id = (prefix: string, arn = '') =>
  `${prefix}${createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()}`;
