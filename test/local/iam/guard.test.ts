// The guard before the services: who passes, and how the others are told.
import { expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { access } from '../../../local/iam/access.ts';
import { guarded } from '../../../local/iam/guard.ts';
import type { Facts } from '../../../local/iam/need.ts';
import { dynamodbNeeds } from '../../../local/iam/operations/dynamodb.ts';
import { ec2Needs } from '../../../local/iam/operations/ec2.ts';
import { AwsError, type RestService, type Service } from '../../../local/service.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import { place, resource } from '../template/place.ts';

const roleArn = 'arn:aws:iam::000000000000:role/r';
const caller = { accountId: '000000000000', region: 'eu-west-1', accessKeyId: 'k', principalArn: roleArn };
const root = { ...caller, principalArn: 'arn:aws:iam::000000000000:root' };
const trust = {
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
};

function rights(statement: object, more: object = {}) {
  const made = access({ clock: realClock, find: (id) => ({ 'i-1': instance, 'ami-1': image })[id] });
  const PolicyDocument = { Version: '2012-10-17', Statement: statement };
  const R = resource('AWS::IAM::Role', {
    ...{ RoleName: 'r', AssumeRolePolicyDocument: trust, Policies: [{ PolicyName: 'p', PolicyDocument }] },
    ...more,
  });
  made.addStack(resolveTemplate({ Resources: { R } }, place));
  return made;
}
const instance = { accountId: '000000000000', region: 'eu-west-1', tags: { owner: 'me' } };
const image = { accountId: '999999999999', region: 'eu-west-1', tags: { owner: 'me' }, public: true, snapshots: [] };

const service = (signingName: string, protocol: Service['protocol'], names: string[]): Service => ({
  ...{ signingName, protocol },
  operations: Object.fromEntries(names.map((name) => [name, () => `${name} is done`])),
});

function called(
  guardee: Service,
  name: string,
  input: object,
  statement: object = { Effect: 'Allow', Action: 'ec2:DescribeInstances', Resource: '*' },
  as = caller,
): Promise<unknown> {
  const settings = { access: rights(statement), sessionOf: () => 'session-1' };
  return (async () => (guarded(guardee, settings) as Service).operations[name]!(input, as))();
}

const ec2 = service('ec2', 'ec2', ['DescribeInstances', 'TerminateInstances', 'NewInstances']);

test('a role may do what its policy allows, and an account everything', async () => {
  expect(await called(ec2, 'DescribeInstances', {})).toBe('DescribeInstances is done');
  expect(await called(ec2, 'TerminateInstances', { InstanceId: ['i-1'] }, undefined, root)).toBe(
    'TerminateInstances is done',
  );
});

test('by the tags of what it touches', async () => {
  const statement = (owner: string) => ({
    ...{ Effect: 'Allow', Action: 'ec2:TerminateInstances', Resource: '*' },
    Condition: { StringEquals: { 'aws:ResourceTag/owner': owner } },
  });
  const input = { InstanceId: ['i-1'] };
  expect(await called(ec2, 'TerminateInstances', input, statement('me'))).toBe('TerminateInstances is done');
  await expect(called(ec2, 'TerminateInstances', input, statement('you'))).rejects.toThrow('is not authorized');
});

const user = 'User: arn:aws:sts::000000000000:assumed-role/r/session-1 is not authorized to perform:';

test.each<[string, Service, string, object, string, number, string]>([
  [
    ...(['EC2', ec2, 'TerminateInstances', { InstanceId: ['i-1'] }, 'UnauthorizedOperation', 403] as const),
    `You are not authorized to perform this operation. ${user} ec2:TerminateInstances on resource: arn:aws:ec2:eu-west-1:000000000000:instance/i-1 because no identity-based policy allows the ec2:TerminateInstances action`,
  ],
  [
    ...([
      'SNS',
      service('sns', 'query', ['Publish']),
      'Publish',
      { TopicArn: 'arn:t' },
      'AuthorizationError',
      403,
    ] as const),
    `${user} sns:Publish on resource: arn:t because no identity-based policy allows the sns:Publish action`,
  ],
  [
    ...([
      'STS',
      service('sts', 'query', ['AssumeRole']),
      'AssumeRole',
      { RoleArn: 'arn:r' },
      'AccessDenied',
      403,
    ] as const),
    `${user} sts:AssumeRole on resource: arn:r because no identity-based policy allows the sts:AssumeRole action`,
  ],
  [
    ...(['JSON', service('ssm', 'json', ['ListCommands']), 'ListCommands', {}, 'AccessDeniedException', 400] as const),
    `${user} ssm:ListCommands because no identity-based policy allows the ssm:ListCommands action`,
  ],
  [
    ...(['an operation without a list of needs', ec2, 'NewInstances', {}, 'UnauthorizedOperation', 403] as const),
    `You are not authorized to perform this operation. ${user} ec2:NewInstances because the local cloud does not know which permissions it needs, and so lets no role do it`,
  ],
])('%s refuses in its own words', async (_what, guardee, name, input, code, statusCode, message) => {
  const error = await called(guardee, name, input).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AwsError);
  expect(error).toMatchObject({ code, statusCode, message });
});

test('Lambda refuses by the function that the path names', async () => {
  const lambda: RestService = {
    ...{ signingName: 'lambda', protocol: 'rest' },
    routes: [{ name: 'Invoke', method: 'POST', path: /x/, operation: () => ({}) }],
  };
  const invoke = (Resource: string) => {
    const settings = {
      access: rights({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource }),
      sessionOf: () => undefined,
    };
    const [route] = (guarded(lambda, settings) as RestService).routes;
    const query = new URLSearchParams();
    const request = { method: 'POST', path: '', parameters: ['f'], query, headers: {}, body: Buffer.alloc(0) };
    return (async () => route!.operation(request, caller))();
  };
  expect(await invoke('arn:aws:lambda:eu-west-1:000000000000:function:f')).toEqual({});
  await expect(invoke('arn:aws:lambda:eu-west-1:000000000000:function:g')).rejects.toMatchObject({
    ...{ code: 'AccessDeniedException', statusCode: 403 },
    message: expect.stringContaining(
      'lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:000000000000:function:f',
    ),
  });
});

test('a role that no stack has may do nothing', async () => {
  const unknown = { ...caller, principalArn: 'arn:aws:iam::111122223333:role/else' };
  await expect(called(ec2, 'DescribeInstances', {}, undefined, unknown)).rejects.toThrow(
    'because no stack that is loaded here has the role arn:aws:iam::111122223333:role/else',
  );
});

test('managed policies that the template does not have are refused', () => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  expect(() => rights(statement, { ManagedPolicyArns: [arn] })).toThrow(`ManagedPolicyArns ${arn} cannot be evaluated`);
});

test('a launch needs image, network, instance, interface, volume, their tags and the role', () => {
  const facts: Facts = { find: (id) => ({ 'ami-1': image })[id], roleOf: () => roleArn, hashKeyOf: () => undefined };
  const Tag = [{ Key: 'owner', Value: 'me' }];
  const needs = ec2Needs.RunInstances!(
    {
      ...{ ImageId: 'ami-1', InstanceType: 'm5.large', SubnetId: 'subnet-1', SecurityGroupId: ['sg-1', 'sg-2'] },
      IamInstanceProfile: { Name: 'p' },
      TagSpecification: ['instance', 'volume'].map((ResourceType) => ({ ResourceType, Tag })),
      BlockDeviceMapping: [{ DeviceName: '/dev/sda1', Ebs: { Encrypted: 'true', KmsKeyId: 'alias/mine' } }],
    },
    caller,
    facts,
  );
  const ours = 'arn:aws:ec2:eu-west-1:000000000000';
  expect(needs.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
    'ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-1',
    `ec2:RunInstances ${ours}:subnet/subnet-1`,
    `ec2:RunInstances ${ours}:security-group/sg-1`,
    `ec2:RunInstances ${ours}:security-group/sg-2`,
    `ec2:RunInstances ${ours}:instance/*`,
    `ec2:CreateTags ${ours}:instance/*`,
    `ec2:RunInstances ${ours}:network-interface/*`,
    `ec2:RunInstances ${ours}:volume/*`,
    `ec2:CreateTags ${ours}:volume/*`,
    `iam:PassRole ${roleArn}`,
  ]);
  expect(needs[0]!.context).toMatchObject({ 'ec2:Owner': '999999999999', 'ec2:Public': 'true' });
  // Tags that another account set on its image are not seen.
  expect(needs[0]!.context).not.toHaveProperty('aws:ResourceTag/owner');
  expect(needs[5]!.context).toEqual({
    ...{ 'aws:RequestTag/owner': 'me', 'aws:TagKeys': ['owner'], 'ec2:CreateAction': 'RunInstances' },
  });
});

test.each<[string, object, string[]]>([
  ['as it is', { KeyConditionExpression: 'pk = :p' }, ['a']],
  ['by a name', { KeyConditionExpression: '#k=:p', ExpressionAttributeNames: { '#k': 'pk' } }, ['a']],
  ['beside the sort key', { KeyConditionExpression: 'begins_with(sk, :s) AND pk = :p' }, ['a']],
  ['in brackets', { KeyConditionExpression: '(sk = :s) AND (pk = :p)' }, ['a']],
  // What is not understood is one that no policy has: ForAllValues lets none pass.
  ['turned round', { KeyConditionExpression: ':p = pk' }, ['']],
  ['in the older form', { KeyConditions: {} }, ['']],
])('a query has the hash key of its condition, %s', (_what, input, leading) => {
  const facts: Facts = { find: () => undefined, roleOf: () => undefined, hashKeyOf: () => 'pk' };
  const ExpressionAttributeValues = { ':p': { S: 'a' }, ':s': { S: 'b' } };
  const needs = dynamodbNeeds.Query!({ TableName: 't', ExpressionAttributeValues, ...input }, caller, facts);
  expect(needs).toEqual([
    {
      ...{ action: 'dynamodb:Query', resource: 'arn:aws:dynamodb:eu-west-1:000000000000:table/t' },
      context: { 'dynamodb:LeadingKeys': leading },
    },
  ]);
});
