import { expect, test } from 'vitest';
import { resolveTemplate } from '../../../local/template/load.ts';
import { missingPermissions } from '../../../local/template/permissions.ts';
import { place, resource } from './place.ts';

const missing = (Resources: Record<string, object>) => missingPermissions(resolveTemplate({ Resources }, place));
const target = { 'Fn::GetAtt': ['F', 'Arn'] };
const F = resource('AWS::Lambda::Function', { FunctionName: 'f' });
const rule = (Arn: unknown, more: object = {}) =>
  resource('AWS::Events::Rule', { Name: 'r', Targets: [{ Id: 't', Arn, ...more }] });
const permission = (more: object = {}) =>
  resource('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    FunctionName: { Ref: 'F' },
    Principal: 'events.amazonaws.com',
    ...more,
  });
const functionArn = 'arn:aws:lambda:eu-west-1:000000000000:function:f';
const ruleArn = 'arn:aws:events:eu-west-1:000000000000:rule/r';

test('a rule needs a permission on its function', () => {
  const complaint = `'R' (AWS::Events::Rule): no AWS::Lambda::Permission lets events.amazonaws.com do lambda:InvokeFunction on ${functionArn} for ${ruleArn}; AWS would drop its events silently`;
  expect(missing({ F, R: rule(target) })).toEqual([complaint]);
  expect(missing({ F, R: rule(target), P: permission() })).toEqual([]);
  expect(missing({ F, R: rule(target), P: permission({ SourceArn: { 'Fn::GetAtt': ['R', 'Arn'] } }) })).toEqual([]);
  expect(
    missing({ F, R: rule(target), P: permission({ SourceArn: 'arn:aws:events:eu-west-1:000000000000:rule/*' }) }),
  ).toEqual([]);
  expect(missing({ F, R: rule(target), P: permission({ FunctionName: target }) })).toEqual([]);
});

test.each<[string, object]>([
  ['another principal', { Principal: 'sns.amazonaws.com' }],
  ['another rule', { SourceArn: 'arn:aws:events:eu-west-1:000000000000:rule/other' }],
  ['another function', { FunctionName: 'g' }],
  ['a version only', { FunctionName: `${functionArn}:1` }],
  ['another action', { Action: 'lambda:GetFunction' }],
])('a permission for %s is none', (_what, more) => {
  expect(missing({ F, R: rule(target), P: permission(more) }).length).toBe(1);
});

test('a version that is a target needs a permission of its own', () => {
  const V = resource('AWS::Lambda::Version', { FunctionName: { Ref: 'F' } });
  expect(missing({ F, V, R: rule({ Ref: 'V' }), P: permission() }).length).toBe(1);
  expect(missing({ F, V, R: rule({ Ref: 'V' }), P: permission({ FunctionName: { Ref: 'V' } }) })).toEqual([]);
});

test('a subscription of a function needs a permission for its topic', () => {
  const T = resource('AWS::SNS::Topic', { TopicName: 't' });
  const S = resource('AWS::SNS::Subscription', { Protocol: 'lambda', Endpoint: target, TopicArn: { Ref: 'T' } });
  expect(missing({ F, T, S })).toEqual([
    expect.stringContaining("'S' (AWS::SNS::Subscription): no AWS::Lambda::Permission lets sns.amazonaws.com"),
  ]);
  expect(missing({ F, T, S, P: permission({ Principal: 'sns.amazonaws.com', SourceArn: { Ref: 'T' } }) })).toEqual([]);
  const mail = resource('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'a@example.com',
    TopicArn: { Ref: 'T' },
  });
  expect(missing({ T, S: mail })).toEqual([]);
});

const Q = resource('AWS::SQS::Queue', { QueueName: 'q' });
const queueArn = { 'Fn::GetAtt': ['Q', 'Arn'] };
const queuePolicy = (more: object = {}) =>
  resource('AWS::SQS::QueuePolicy', {
    Queues: [{ Ref: 'Q' }],
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: queueArn,
          ...more,
        },
      ],
    },
  });

test('the dead-letter queue of a rule needs a policy that lets it in', () => {
  const R = rule(target, { DeadLetterConfig: { Arn: queueArn } });
  const P = permission();
  expect(missing({ F, P, Q, R })).toEqual([
    expect.stringContaining(
      'no AWS::SQS::QueuePolicy lets events.amazonaws.com do sqs:SendMessage on arn:aws:sqs:eu-west-1:000000000000:q',
    ),
  ]);
  expect(missing({ F, P, Q, R, A: queuePolicy() })).toEqual([]);
  expect(missing({ F, P, Q, R, A: queuePolicy({ Condition: { ArnEquals: { 'aws:SourceArn': [ruleArn] } } }) })).toEqual(
    [],
  );
  expect(
    missing({ F, P, Q, R, A: queuePolicy({ Condition: { ArnEquals: { 'aws:SourceArn': [`${ruleArn}x`] } } }) }).length,
  ).toBe(1);
});

test('a schedule needs a role that the scheduler may take and that may invoke', () => {
  const S = resource('AWS::Scheduler::Schedule', {
    Name: 's',
    Target: { Arn: target, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
  });
  const role = (Service: string, Action: string) =>
    resource('AWS::IAM::Role', {
      RoleName: 'r',
      AssumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }] },
      Policies: [
        {
          PolicyName: 'p',
          PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource: [target, { 'Fn::Sub': '${F.Arn}:*' }] }] },
        },
      ],
    });
  expect(missing({ F, S, Role: role('scheduler.amazonaws.com', 'lambda:InvokeFunction') })).toEqual([]);
  for (const wrong of [
    role('events.amazonaws.com', 'lambda:InvokeFunction'),
    role('scheduler.amazonaws.com', 'lambda:GetFunction'),
  ])
    expect(missing({ F, S, Role: wrong })).toEqual([
      expect.stringContaining('does not let scheduler.amazonaws.com do lambda:InvokeFunction'),
    ]);
});

test('a rule that starts an execution needs a role', () => {
  const M = resource('AWS::StepFunctions::StateMachine', { StateMachineName: 'm' });
  expect(missing({ M, R: rule({ Ref: 'M' }) })).toEqual([
    expect.stringContaining('target arn:aws:states:eu-west-1:000000000000:stateMachine:m needs a RoleArn'),
  ]);
});
