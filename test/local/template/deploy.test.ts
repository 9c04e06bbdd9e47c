import { expect, test } from 'vitest';
import { deploy } from '../../../local/template/deploy.ts';
import { resolveTemplate } from '../../../local/template/load.ts';
import { place, resource, topic } from './place.ts';

const F = (more: object = {}) =>
  resource('AWS::Lambda::Function', {
    FunctionName: 'f',
    Runtime: 'nodejs24.x',
    Handler: 'functions/f.handler',
    Role: 'arn:aws:iam::000000000000:role/r',
    Code: { S3Bucket: 'b', S3Key: 'serverless/stack/local/1-2026/f.zip' },
    ...more,
  });

const deployed = async (Resources: Record<string, object>) => {
  const made: [string, unknown][] = [];
  const maker = (kind: string) => (what: unknown) => {
    made.push([kind, what]);
  };
  const kinds = ['function', 'stateMachine', 'topic', 'queue', 'role', 'logGroup'];
  await deploy(
    resolveTemplate({ Resources }, place),
    (key) => `/zips/${key.split('/').at(-1)}`,
    Object.fromEntries(kinds.map((kind) => [kind, maker(kind)])),
  );
  return made;
};

test('a function comes with its zip, its version and what its failed events do', async () => {
  const Resources = {
    F: F({
      Timeout: 300,
      MemorySize: 512,
      Environment: { Variables: { TABLE: 'images', DAYS: 30 } },
      DeadLetterConfig: { TargetArn: 'arn:dead' },
      ReservedConcurrentExecutions: 2,
    }),
    V: resource('AWS::Lambda::Version', { FunctionName: { Ref: 'F' } }),
    E: resource('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: 'F' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: 'arn:failed' } },
    }),
  };
  expect(await deployed(Resources)).toEqual([
    [
      'function',
      {
        name: 'f',
        zip: '/zips/f.zip',
        handler: 'functions/f.handler',
        environment: { TABLE: 'images', DAYS: '30' },
        timeout: 300,
        memorySize: 512,
        roleArn: 'arn:aws:iam::000000000000:role/r',
        version: '1',
        reservedConcurrentExecutions: 2,
        deadLetterTargetArn: 'arn:dead',
        onFailureArn: 'arn:failed',
        maximumRetryAttempts: 1,
      },
    ],
  ]);
});

test('three seconds and 128 MiB are the defaults', async () => {
  const [[, made]] = (await deployed({ F: F() })) as [[string, object]];
  expect(made).toMatchObject({ timeout: 3, memorySize: 128, environment: {} });
  expect(made).not.toHaveProperty('version');
});

test('a state machine comes with its definition and its substitutions', async () => {
  const Definition = { StartAt: 'A', States: { A: { Type: 'Succeed' } } };
  const M = resource('AWS::StepFunctions::StateMachine', {
    StateMachineName: 'm',
    RoleArn: 'arn:r',
    Definition,
    DefinitionSubstitutions: { Greet: { 'Fn::GetAtt': ['F', 'Arn'] } },
  });
  const made = await deployed({ M, F: F() });
  expect(made.map(([kind]) => kind)).toEqual(['function', 'stateMachine']);
  expect(made[1]?.[1]).toEqual({
    name: 'm',
    roleArn: 'arn:r',
    definition: Definition,
    substitutions: { Greet: 'arn:aws:lambda:eu-west-1:000000000000:function:f' },
  });
});

test('resources are made in the order in which they need each other', async () => {
  const made = await deployed({
    A: topic({ 'Fn::Sub': '${Q.QueueName}-a' }, { DependsOn: ['B'] }),
    B: topic('b'),
    Q: resource('AWS::SQS::Queue', { QueueName: 'q' }),
  });
  expect(made.map(([, what]) => (what as { logicalId: string }).logicalId)).toEqual(['Q', 'B', 'A']);
});

test.each<[string, Record<string, object>, string]>([
  [
    'a runtime',
    { F: F({ Runtime: 'python3.13' }) },
    "resource 'F' (AWS::Lambda::Function): runtime python3.13 is not supported, only nodejs24.x is",
  ],
  ['layers', { F: F({ Layers: ['l'] }) }, "resource 'F' (AWS::Lambda::Function): property Layers is not supported"],
  [
    'an express machine',
    {
      M: resource('AWS::StepFunctions::StateMachine', {
        StateMachineName: 'm',
        RoleArn: 'r',
        Definition: {},
        StateMachineType: 'EXPRESS',
      }),
    },
    "resource 'M' (AWS::StepFunctions::StateMachine): StateMachineType EXPRESS is not supported",
  ],
  [
    'a kind that nobody makes',
    { P: resource('AWS::SSM::Parameter', { Name: 'p' }) },
    "'P': nothing here makes a AWS::SSM::Parameter",
  ],
  [
    'a missing permission',
    { F: F(), R: resource('AWS::Events::Rule', { Targets: [{ Arn: { 'Fn::GetAtt': ['F', 'Arn'] } }] }) },
    'no AWS::Lambda::Permission lets events.amazonaws.com',
  ],
])('%s is refused', async (_what, Resources, problem) => {
  await expect(deployed(Resources)).rejects.toThrow(problem);
});

test('what a creator says is told with its resource', async () => {
  const failing = deploy(resolveTemplate({ Resources: { T: topic('t') } }, place), String, {
    topic: () => {
      throw new Error('no room for topics');
    },
  });
  await expect(failing).rejects.toThrow("resource 'T' (AWS::SNS::Topic): no room for topics");
});
