// What `sls deploy` would send: the definition as it was written, one role a function, code in every zip.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { readZip } from '../../local/lambda-host/zip.ts';
import type { PackagedStack } from '../../local/package/package.ts';
import type { Counted } from '../../shared/aws/metrics.ts';
import { listedAttributes } from '../../shared/model/image-record.ts';
import { repository, sourceFiles } from '../source-files.ts';
import { packaged } from './packaged.ts';
import { type Definition, nulls, resourcesOf, type Template, target } from './template.ts';

let stack: PackagedStack;
let template: Template;

beforeAll(async () => {
  stack = await packaged();
  template = stack.template as Template;
}, 200_000);

const functions = () =>
  resourcesOf(template, 'AWS::Lambda::Function').map(([logicalId, { Properties }]) => ({
    logicalId,
    name: String(Properties.FunctionName),
    handler: String(Properties.Handler),
    role: target(Properties.Role),
    key: String((Properties.Code as { S3Key: string }).S3Key),
  }));

describe('the state machine', () => {
  const machine = () => template.Resources.BuildImageStateMachine!.Properties;
  const written = JSON.parse(
    readFileSync(join(repository, 'statemachines/build-image.asl.json'), 'utf8'),
  ) as Definition;

  test('is packaged exactly as it is written', () => {
    expect(machine().Definition).toEqual(written);
  });

  test('holds no null, which CloudFormation would drop', () => {
    expect(nulls(written)).toEqual([]);
    expect(nulls(template)).toEqual([]);
  });

  test('calls published versions of the functions whose names it uses, and nothing else', () => {
    const substitutions = machine().DefinitionSubstitutions as Record<string, unknown>;
    const used = [...JSON.stringify(written).matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!);
    expect(Object.keys(substitutions).sort()).toEqual([...new Set(used)].sort());
    for (const [name, value] of Object.entries(substitutions).filter(([name]) => name !== 'Partition')) {
      const version = template.Resources[target(value)!]!;
      expect(version.Type, name).toBe('AWS::Lambda::Version');
      // A deployment takes the old version out of the template, and running builds still call it.
      expect((version as { DeletionPolicy?: string }).DeletionPolicy, name).toBe('Retain');
      const called = functions().find(({ logicalId }) => logicalId === target(version.Properties.FunctionName))!;
      const words = called.handler.replace(/^functions\/|\.handler$/g, '').split('-');
      expect(words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')).toBe(name);
    }
  });
});

describe('the index of the table', () => {
  const indexes = () => template.Resources.Table!.Properties.GlobalSecondaryIndexes as Record<string, unknown>[];

  test('holds what lists of images read, without what changes all the time, within the 20 attributes that CloudFormation takes', () => {
    const { NonKeyAttributes: held } = indexes()[0]!.Projection as { NonKeyAttributes: string[] };
    expect(held).toEqual([...listedAttributes, 'pipeline', 'account', 'region']);
    expect(held.length).toBeLessThanOrEqual(20);
    for (const busy of ['timeline', 'notes', 'entries']) expect(held).not.toContain(busy);
  });

  test('of version 0.1.0 stays only where that is asked for: one update may make an index or delete one, not both', () => {
    expect(indexes()[1]).toEqual({
      'Fn::If': ['KeepsOldIndex', expect.objectContaining({ IndexName: 'images-by-date' }), { Ref: 'AWS::NoValue' }],
    });
  });
});

describe('roles', () => {
  test('every function has one of its own', () => {
    const roles = functions().map(({ role }) => role);
    expect(roles).toHaveLength(
      readdirSync(join(repository, 'functions')).filter((name) => name.endsWith('.ts')).length,
    );
    expect(roles.map((role) => template.Resources[role!]?.Type)).toEqual(roles.map(() => 'AWS::IAM::Role'));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test('no role has a fixed name: CloudFormation makes one that fits into the 64 characters of IAM, whatever the stage', () => {
    const named = resourcesOf(template, 'AWS::IAM::Role').filter(([, { Properties }]) => Properties.RoleName);
    expect(named.map(([logicalId]) => logicalId)).toEqual([]);
  });

  test('osls has added none for everybody', () => {
    expect(template.Resources.IamRoleLambdaExecution).toBeUndefined();
  });

  test('none may do everything of a service, or of all', () => {
    const wide = resourcesOf(template, 'AWS::IAM::Role').flatMap(([logicalId, { Properties }]) => {
      const actions = [...JSON.stringify(Properties.Policies ?? []).matchAll(/"((?:[a-z0-9-]+:)?\*)"/g)];
      return actions
        .filter((match) => match[1] !== '*' || isAction(Properties, '*'))
        .map((match) => [logicalId, match[1]]);
    });
    expect(wide).toEqual([]);
  });

  function isAction(properties: Record<string, unknown>, action: string): boolean {
    const policies = (properties.Policies ?? []) as {
      PolicyDocument: { Statement: { Action?: string | string[] }[] };
    }[];
    return policies.some(({ PolicyDocument }) =>
      PolicyDocument.Statement.some(({ Action = [] }) => [Action].flat().includes(action)),
    );
  }
});

describe('what comes from outside', () => {
  const listed = (type: string) => resourcesOf(template, type);

  test('functions may be invoked by rules and a topic of this stack only, each named by its ARN', () => {
    const permissions = listed('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(0);
    for (const [logicalId, { Properties }] of permissions) {
      const source = target(Properties.SourceArn);
      const sender = template.Resources[source ?? '']!;
      expect(['AWS::Events::Rule', 'AWS::SNS::Topic'], logicalId).toContain(sender.Type);
      const subscriptions = listed('AWS::SNS::Subscription').filter(
        ([, one]) => target(one.Properties.TopicArn) === source,
      );
      const targets =
        sender.Type === 'AWS::SNS::Topic'
          ? subscriptions.map(([, one]) => target(one.Properties.Endpoint))
          : (sender.Properties.Targets as { Arn: unknown }[]).map(({ Arn }) => target(Arn));
      expect(targets, logicalId).toContain(target(Properties.FunctionName));
    }
    expect(listed('AWS::Lambda::Url')).toEqual([]);
  });

  test('every rule takes events of AWS itself only, which nobody else can put, or of ours on our own bus for start-build', () => {
    const rules = listed('AWS::Events::Rule');
    expect(rules.length).toBeGreaterThan(0);
    for (const [logicalId, { Properties }] of rules) {
      if (Properties.ScheduleExpression) continue;
      const { source } = Properties.EventPattern as { source?: string[] };
      expect(source?.length, logicalId).toBeGreaterThan(0);
      const ours = source?.includes('serverless-image-builder');
      if (ours) {
        // Whoever may put them may ask for builds of what is registered, and nothing else: docs/security.md.
        expect([source, Properties.EventBusName], logicalId).toEqual([
          ['serverless-image-builder'],
          { Ref: 'EventBus' },
        ]);
        const targets = (Properties.Targets as { Id: string }[]).map(({ Id }) => Id);
        expect(targets, logicalId).toEqual(['start-build']);
      } else for (const one of source!) expect(one, logicalId).toMatch(/^aws\.[a-z0-9]+$/);
    }
  });

  test('the bus takes nothing of other accounts, but what EC2 says of AMIs in those that the stack is deployed for', () => {
    const [[, policy] = [], ...others] = listed('AWS::Events::EventBusPolicy');
    expect(others).toEqual([]);
    expect(policy).toMatchObject({ Condition: 'HasAccounts' });
    expect(policy?.Properties.Statement).toEqual({
      Effect: 'Allow',
      Principal: { AWS: { 'Fn::Split': [',', { Ref: 'Accounts' }] } },
      Action: 'events:PutEvents',
      Resource: { 'Fn::GetAtt': ['EventBus', 'Arn'] },
      Condition: { StringEquals: { 'events:source': 'aws.ec2', 'events:detail-type': 'EC2 AMI State Change' } },
    });
    expect((template as { Parameters?: Record<string, unknown> }).Parameters?.Accounts).toMatchObject({
      Default: 'none',
    });
    for (const [, { Properties }] of listed('AWS::Events::EventBus')) expect(Properties.Policy).toBeUndefined();
  });

  test('the state machine has the name that functions make its ARN of', () => {
    expect(template.Resources.BuildImageStateMachine!.Properties.StateMachineName).toEqual({
      'Fn::Sub': '${AWS::StackName}-build-image',
    });
  });
});

describe('every alarm', () => {
  const alarms = () => resourcesOf(template, 'AWS::CloudWatch::Alarm');

  test('has a row in docs/operations.md, tells the alarm topic, and goes with it where alarms are off', () => {
    const docs = readFileSync(join(repository, 'docs/operations.md'), 'utf8');
    const rows = [...docs.matchAll(/^\| `(\w+)` \| .* \| .* \|$/gm)].map((match) => `${match[1]}Alarm`);
    expect(alarms().length).toBeGreaterThan(0);
    for (const [logicalId, { Properties, ...more }] of alarms()) {
      expect(rows).toContain(logicalId);
      expect(Properties.AlarmActions, logicalId).toEqual([{ Ref: 'AlarmTopic' }]);
      expect((more as { Condition?: string }).Condition, logicalId).toBe('Alarms');
    }
    expect((template.Resources.AlarmTopic as { Condition?: string }).Condition).toBe('Alarms');
  });

  test('watches a metric that functions write, under the name and dimension that they write it with', async () => {
    vi.stubEnv('STACK_NAME', 'the-stack');
    const written: string[] = [];
    const log = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { metrics } = await import('../../shared/aws/metrics.ts');
    const source = sourceFiles('shared').map(({ text }) => text);
    for (const [logicalId, { Properties }] of alarms()) {
      const { Namespace, MetricName, Dimensions } = Properties as {
        Namespace: string;
        MetricName: Counted;
        Dimensions: object[];
      };
      if (Namespace === 'AWS/SQS') {
        expect(Dimensions, logicalId).toEqual([
          { Name: 'QueueName', Value: { 'Fn::GetAtt': ['DeadLetterQueue', 'QueueName'] } },
        ]);
        continue;
      }
      expect(Dimensions, logicalId).toEqual([{ Name: 'service', Value: { Ref: 'AWS::StackName' } }]);
      expect(source.filter((text) => text.includes(`'${MetricName}'`)).length, logicalId).toBeGreaterThan(1);
      metrics().count(MetricName);
      const line = JSON.parse(written.at(-1)!);
      expect(line, logicalId).toMatchObject({ service: 'the-stack', [MetricName]: 1 });
      expect(line._aws.CloudWatchMetrics, logicalId).toMatchObject([
        { Namespace, Dimensions: [['service']], Metrics: [{ Name: MetricName }] },
      ]);
    }
    log.mockRestore();
    vi.unstubAllEnvs();
  });
});

describe('what is kept', () => {
  test('every log group for a limited time', () => {
    const groups = resourcesOf(template, 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThanOrEqual(functions().length);
    for (const [logicalId, { Properties }] of groups) expect(Properties.RetentionInDays, logicalId).toBeGreaterThan(0);
  });
});

describe('the role of builders', () => {
  const statements = () => {
    const [policy] = template.Resources.InstanceRole!.Properties.Policies as {
      PolicyDocument: { Statement: { Action: string | string[] }[] };
    }[];
    return policy!.PolicyDocument.Statement.flatMap(({ Action }) => Action);
  };
  test('lets the agent work and write logs, and reads nothing', () => {
    expect(
      statements()
        .filter((action) => !/^(?:ssmmessages|ec2messages):/.test(action))
        .sort(),
    ).toEqual([
      'logs:CreateLogStream',
      'logs:DescribeLogGroups',
      'logs:DescribeLogStreams',
      'logs:PutLogEvents',
      'ssm:UpdateInstanceInformation',
    ]);
  });
  test('can be assumed by EC2 only, and has no policy of AWS’s', () => {
    const { AssumeRolePolicyDocument, ManagedPolicyArns } = template.Resources.InstanceRole!.Properties;
    expect(ManagedPolicyArns).toBeUndefined();
    expect(AssumeRolePolicyDocument).toMatchObject({ Statement: [{ Principal: { Service: 'ec2.amazonaws.com' } }] });
    expect((AssumeRolePolicyDocument as { Statement: unknown[] }).Statement).toHaveLength(1);
  });
});

describe('code', () => {
  test("is in every function's zip, where its handler says", () => {
    for (const { name, handler, key } of functions()) {
      const files = readZip(readFileSync(stack.artifacts(key))).map((file) => file.name);
      expect(files, name).toContain(handler.replace(/\.handler$/, '.mjs'));
    }
  });

  // What a cold start must fetch and read; the SDK's EC2 client alone is about 190 kB of it.
  test('is small: at most 450 kB a function, 4.5 MB in all', () => {
    const sizes = functions().map(({ name, key }) => [name, statSync(stack.artifacts(key)).size] as const);
    expect(sizes.filter(([, size]) => size > 450_000)).toEqual([]);
    expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(4_500_000);
  });
});

test('docs/deploy.md counts what a deployment makes', () => {
  const count = (type: string) => resourcesOf(template, type).length;
  const text = readFileSync(join(repository, 'docs/deploy.md'), 'utf8');
  expect(text).toContain(
    `${count('AWS::IAM::Role')} IAM roles and an instance profile, ${count('AWS::Lambda::Function')} Lambda functions`,
  );
  expect(text).toContain(`${count('AWS::Events::Rule')} rules`);
  expect(text).toContain(`${count('AWS::CloudWatch::Alarm')} alarms`);
});
