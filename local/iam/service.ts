// IAM: the roles and instance profiles of the stacks that were loaded, and roles that users make for services of AWS, as far as those ask who is let in.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AwsError, type Caller, type Service } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';
import type { ResolvedResource } from '../template/stack.ts';

export type Iam = {
  service: Service;
  stackRole(role: ResolvedResource): void;
  stackInstanceProfile(profile: ResolvedResource): void;
};

type Role = {
  Path: string;
  RoleName: string;
  RoleId: string;
  Arn: string;
  CreateDate: Date;
  AssumeRolePolicyDocument: string;
};

export function iam(now: () => number, stateDirectory: string): Iam {
  const roles = new Map<string, Role>();
  const file = join(stateDirectory, 'iam', 'roles.json');
  const made = readJson<Record<string, Omit<Role, 'CreateDate'> & { CreateDate: string }>>(file, {});
  for (const [key, role] of Object.entries(made)) roles.set(key, { ...role, CreateDate: new Date(role.CreateDate) });
  const profiles = new Map<string, { facts: object; roles: string[] }>();
  /** By account and name. */
  const find = <Thing>(all: Map<string, Thing>, kind: string, name: unknown, { accountId }: Caller): Thing => {
    const found = all.get(`${accountId} ${name}`);
    if (found) return found;
    throw new AwsError('NoSuchEntity', `The ${kind} with name ${name} cannot be found.`, 404);
  };
  return {
    stackRole({ name, arn, properties }) {
      const { AssumeRolePolicyDocument = {} } = properties;
      const Path = String(properties.Path ?? '/');
      roles.set(`${accountOf(arn)} ${name}`, {
        ...{ Path, RoleName: name, RoleId: id('AROA', arn), Arn: arn!, CreateDate: new Date(now()) },
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
        CreateRole(input, { accountId }) {
          const { RoleName, AssumeRolePolicyDocument: policy = '', Path = '/' } = input;
          const known = ['RoleName', 'AssumeRolePolicyDocument', 'Path', 'Description'];
          const unknown = Object.keys(input).filter((name) => !known.includes(name));
          if (unknown.length > 0)
            throw new AwsError(
              'ValidationError',
              `The local cloud does not support the parameter ${unknown.join(', ')} here.`,
            );
          const key = `${accountId} ${RoleName}`;
          if (roles.has(key))
            throw new AwsError('EntityAlreadyExists', `Role with name ${RoleName} already exists.`, 409);
          assertPolicy(String(policy));
          const Arn = `arn:aws:iam::${accountId}:role${Path}${RoleName}`;
          const facts = { Path: String(Path), RoleName: String(RoleName), RoleId: id('AROA', Arn), Arn };
          const role = { ...facts, AssumeRolePolicyDocument: encodeURIComponent(String(policy)) };
          const created = new Date(now());
          roles.set(key, { ...role, CreateDate: created });
          made[key] = { ...role, CreateDate: created.toISOString() };
          writeJson(file, made);
          return { Role: roles.get(key) };
        },
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

function assertPolicy(text: string): void {
  try {
    if (typeof JSON.parse(text) === 'object') return;
  } catch {
    // Said below.
  }
  throw new AwsError('MalformedPolicyDocument', 'This policy contains invalid Json');
}

const accountOf = (arn = '') => arn.split(':')[4];

const id = (prefix: string, arn = '') =>
  `${prefix}${createHash('sha256').update(arn).digest('hex').slice(0, 17).toUpperCase()}`;
