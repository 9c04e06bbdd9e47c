// The policies of a stack, read when it is loaded: what its roles may do, and whom its resources let in.
import type { Properties, ResolvedResource, ResolvedStack, Value } from '../template/stack.ts';
import { type Policy, readPolicy } from './policy.ts';

export type RolePolicies = { arn: string; trust: Policy; identity: Policy[]; boundary?: Policy };

export type ResourcePolicy = { resources: string[]; policy: Policy };

export type StackPolicies = {
  /** By ARN. */
  roles: Map<string, RolePolicies>;
  resourcePolicies: ResourcePolicy[];
  /** The role of each instance profile, by ARN. */
  profiles: Map<string, string>;
  /** The hash key of each table and index, by ARN. */
  hashKeys: Map<string, string>;
};

/** Throws an Error that names the resource whose policy cannot be evaluated. */
export function stackPolicies({ resources }: ResolvedStack): StackPolicies {
  const of = (type: string) => resources.filter((resource) => resource.type === type);
  const managed = new Map(
    of('AWS::IAM::ManagedPolicy').map((one) => [
      one.arn ?? '',
      readPolicy(one.logicalId, one.properties.PolicyDocument),
    ]),
  );
  const roles = of('AWS::IAM::Role').map((role) => rolePolicies(role, managed));
  const roleArns = new Map(of('AWS::IAM::Role').map(({ name, arn = '' }) => [name, arn]));
  return {
    roles: new Map(roles.map((role) => [role.arn, role])),
    resourcePolicies: resources.flatMap(resourcePolicy),
    profiles: new Map(
      of('AWS::IAM::InstanceProfile').map(({ arn = '', properties }) => [
        arn,
        roleArns.get(texts(properties.Roles)[0] ?? '') ?? '',
      ]),
    ),
    hashKeys: new Map(of('AWS::DynamoDB::Table').flatMap(hashKeys)),
  };
}

function rolePolicies(
  { logicalId, arn = '', properties }: ResolvedResource,
  managed: Map<string, Policy>,
): RolePolicies {
  const known = (policyArn: string, property: string): Policy => {
    const policy = managed.get(policyArn);
    if (policy) return policy;
    throw new Error(
      `'${logicalId}': ${property} ${policyArn} cannot be evaluated: only AWS::IAM::ManagedPolicy of the same template can`,
    );
  };
  const { AssumeRolePolicyDocument, Policies, ManagedPolicyArns, PermissionsBoundary } = properties;
  const inline = list(Policies).map((policy) => readPolicy(`${logicalId}/${policy.PolicyName}`, policy.PolicyDocument));
  return {
    arn,
    trust: readPolicy(`${logicalId}'s trust`, AssumeRolePolicyDocument, 'role'),
    identity: [...inline, ...texts(ManagedPolicyArns).map((one) => known(one, 'ManagedPolicyArns'))],
    ...(PermissionsBoundary !== undefined && { boundary: known(String(PermissionsBoundary), 'PermissionsBoundary') }),
  };
}

function resourcePolicy({ type, logicalId, properties }: ResolvedResource): ResourcePolicy[] {
  if (type === 'AWS::SQS::QueuePolicy' || type === 'AWS::SNS::TopicPolicy') {
    const resources = [...texts(properties.Queues).map(queueArn), ...texts(properties.Topics)];
    return [{ resources, policy: readPolicy(logicalId, properties.PolicyDocument, 'resource') }];
  }
  if (type === 'AWS::Events::EventBusPolicy') {
    const statement = properties.Statement as Properties;
    const document = { Version: '2012-10-17', Statement: statement };
    return [{ resources: texts(statement.Resource), policy: readPolicy(logicalId, document, 'resource') }];
  }
  if (type !== 'AWS::Lambda::Permission') return [];
  const { FunctionName, Action, Principal, SourceArn, SourceAccount } = properties;
  const name = String(FunctionName).replace(/^arn:.*?:function:/, '');
  const resource = `arn:*:lambda:*:*:function:${name}`;
  const kind = /^(arn:|\d{12}$)/.test(String(Principal)) ? 'AWS' : 'Service';
  const Condition = {
    ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': SourceArn } }),
    ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
  };
  const Statement = { Effect: 'Allow', Principal: { [kind]: Principal }, Action, Resource: resource, Condition };
  return [{ resources: [resource], policy: readPolicy(logicalId, { Version: '2012-10-17', Statement }, 'resource') }];
}

function queueArn(url: string): string {
  const [, region, accountId, name] = /^https?:\/\/sqs\.([a-z0-9-]+)\.[^/]+\/(\d+)\/(.+)$/.exec(url) ?? [];
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

function hashKeys({ arn = '', properties }: ResolvedResource): [string, string][] {
  const hash = (schema: Value | undefined) =>
    String(list(schema).find(({ KeyType }) => KeyType === 'HASH')?.AttributeName);
  return [
    [arn, hash(properties.KeySchema)],
    ...list(properties.GlobalSecondaryIndexes).map((index): [string, string] => [
      `${arn}/index/${index.IndexName}`,
      hash(index.KeySchema),
    ]),
  ];
}

const texts = (value: Value | undefined): string[] => (value === undefined ? [] : [value].flat().map(String));
const list = (value: Value | undefined): Properties[] => (value === undefined ? [] : ([value].flat() as Properties[]));
