import { describe, expect, test } from 'vitest';
import { resolveTemplate } from '../../../local/template/load.ts';
import { place, resource, topic } from './place.ts';

/** What a property comes to, as the display name of a topic. */
const value = (source: unknown, template: Record<string, object> = {}) => {
  const { Resources = {}, ...sections } = template;
  const stack = resolveTemplate(
    { ...sections, Resources: { T: resource('AWS::SNS::Topic', { DisplayName: source }), ...Resources } },
    place,
  );
  return stack.resources.find(({ logicalId }) => logicalId === 'T')?.properties.DisplayName;
};
const others = {
  Resources: {
    Q: resource('AWS::SQS::Queue', { QueueName: 'failed' }),
    R: resource('AWS::IAM::Role', { RoleName: 'r' }),
  },
};

describe('functions', () => {
  test.each<[string, unknown, unknown]>([
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-west-1'],
    ['Ref of a queue is its URL', { Ref: 'Q' }, 'https://sqs.eu-west-1.amazonaws.com/000000000000/failed'],
    ['Ref of a role is its name', { Ref: 'R' }, 'r'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Q', 'Arn'] }, 'arn:aws:sqs:eu-west-1:000000000000:failed'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'R.Arn' }, 'arn:aws:iam::000000000000:role/r'],
    ['Sub', { 'Fn::Sub': '${AWS::StackName}/${Q.QueueName}/${R}/${!R}' }, 'image-builder-local/failed/r/${R}'],
    ['Sub with variables', { 'Fn::Sub': ['${a}-${R}', { a: { 'Fn::GetAtt': ['Q', 'QueueName'] } }] }, 'failed-r'],
    ['Join', { 'Fn::Join': [':', ['a', { Ref: 'R' }, 'c']] }, 'a:r:c'],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Select with an index as text', { 'Fn::Select': ['2', ['a', 'b', 'c']] }, 'c'],
    ['everything else is itself', { a: [1, null, true, { b: 'c' }] }, { a: [1, null, true, { b: 'c' }] }],
    ['NoValue takes its property away', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
  ])('%s', (_what, source, expected) => {
    expect(value(source, others)).toEqual(expected);
  });

  test('conditions choose', () => {
    const Conditions = {
      Home: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
      Away: { 'Fn::Not': [{ Condition: 'Home' }] },
      Both: { 'Fn::And': [{ Condition: 'Home' }, { Condition: 'Away' }] },
      Either: { 'Fn::Or': [{ Condition: 'Home' }, { Condition: 'Away' }] },
    };
    const chosen = (name: string) => value({ 'Fn::If': [name, 'yes', 'no'] }, { Conditions });
    expect(['Home', 'Away', 'Both', 'Either'].map(chosen)).toEqual(['yes', 'no', 'no', 'yes']);
  });

  test('a resource whose condition does not hold is left out, and its output too', () => {
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    const stack = resolveTemplate(
      {
        Conditions,
        Resources: { T: topic('t'), U: topic('u', { Condition: 'Never' }) },
        Outputs: { T: { Value: { Ref: 'T' } }, U: { Condition: 'Never', Value: { Ref: 'U' } } },
      },
      place,
    );
    expect(stack.resources.map(({ logicalId }) => logicalId)).toEqual(['T']);
    expect(stack.outputs).toEqual([{ key: 'T', value: 'arn:aws:sns:eu-west-1:000000000000:t' }]);
  });

  test('parameters have a default, or are given', () => {
    const template = {
      Parameters: { Stage: { Type: 'String', Default: 'dev' }, List: { Type: 'CommaDelimitedList', Default: 'a, b' } },
      Resources: { T: topic({ 'Fn::Sub': 'topic-${Stage}' }) },
    };
    expect(resolveTemplate(template, place).resources[0]?.name).toBe('topic-dev');
    expect(resolveTemplate(template, place, { Stage: 'prod' })).toMatchObject({
      parameters: { Stage: 'prod', List: ['a', 'b'] },
      resources: [{ name: 'topic-prod' }],
    });
  });
});

describe('names', () => {
  test('a generated name is the same every time, of the stack and the logical id, and short enough', () => {
    const Resources = {
      Table: resource('AWS::DynamoDB::Table'),
      [`A${'very'.repeat(30)}LongId`]: topic({ Ref: 'AWS::NoValue' }),
      ServerlessBucket: resource('AWS::S3::Bucket'),
    };
    const names = () => resolveTemplate({ Resources }, place).resources.map(({ name }) => name);
    expect(names()).toEqual(names());
    expect(names()[0]).toMatch(/^image-builder-local-Table-[0-9A-Z]{12}$/);
    expect(names().every((name) => name.length <= 64)).toBe(true);
    expect(names()[2]).toMatch(/^[a-z0-9-]{1,63}$/);
  });

  test('a name may be worked out from other resources', () => {
    const stack = resolveTemplate({ Resources: { A: topic({ 'Fn::Sub': '${B.TopicName}-a' }), B: topic('b') } }, place);
    expect(stack.resources.map(({ logicalId, name }) => `${logicalId} ${name}`)).toEqual(['B b', 'A b-a']);
  });

  test.each<[string, Record<string, object>, string, object]>([
    [
      'a rule of its own bus',
      {
        R: resource('AWS::Events::Rule', { Name: 'r', EventBusName: { Ref: 'B' } }),
        B: resource('AWS::Events::EventBus', { Name: 'b' }),
      },
      'R',
      { ref: 'b|r', arn: 'arn:aws:events:eu-west-1:000000000000:rule/b/r' },
    ],
    [
      'a rule of the default bus',
      { R: resource('AWS::Events::Rule', { Name: 'r' }) },
      'R',
      { ref: 'r', arn: 'arn:aws:events:eu-west-1:000000000000:rule/r' },
    ],
    [
      'a version',
      {
        F: resource('AWS::Lambda::Function', { FunctionName: 'f' }),
        V: resource('AWS::Lambda::Version', { FunctionName: { Ref: 'F' } }),
      },
      'V',
      { ref: 'arn:aws:lambda:eu-west-1:000000000000:function:f:1' },
    ],
    [
      'a role with a path',
      { R: resource('AWS::IAM::Role', { RoleName: 'r', Path: '/builders/' }) },
      'R',
      { ref: 'r', arn: 'arn:aws:iam::000000000000:role/builders/r' },
    ],
    [
      'a log group',
      { L: resource('AWS::Logs::LogGroup', { LogGroupName: '/aws/lambda/f' }) },
      'L',
      { ref: '/aws/lambda/f', arn: 'arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/f' },
    ],
    [
      'a managed policy',
      { P: resource('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'p' }) },
      'P',
      { ref: 'arn:aws:iam::000000000000:policy/p' },
    ],
    [
      'a parameter',
      { P: resource('AWS::SSM::Parameter', { Name: '/a/b', Type: 'String', Value: 'v' }) },
      'P',
      { ref: '/a/b', arn: 'arn:aws:ssm:eu-west-1:000000000000:parameter/a/b' },
    ],
    [
      'a schedule',
      { S: resource('AWS::Scheduler::Schedule', { Name: 's', GroupName: 'g' }) },
      'S',
      { ref: 's', arn: 'arn:aws:scheduler:eu-west-1:000000000000:schedule/g/s' },
    ],
    [
      'a state machine',
      { M: resource('AWS::StepFunctions::StateMachine', { StateMachineName: 'm' }) },
      'M',
      { ref: 'arn:aws:states:eu-west-1:000000000000:stateMachine:m' },
    ],
  ])('%s', (_what, Resources, logicalId, expected) => {
    const found = resolveTemplate({ Resources }, place).resources.find((made) => made.logicalId === logicalId);
    expect(found).toMatchObject(expected);
  });
});

describe('what cannot be run is refused with the name of the resource', () => {
  const refusal = (template: object): string => {
    try {
      resolveTemplate(template, place);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was not refused');
  };
  const inTopic = (DisplayName: unknown) => refusal({ Resources: { T: resource('AWS::SNS::Topic', { DisplayName }) } });

  test.each<[string, unknown, string]>([
    ['an import', { 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not supported'],
    ['a transform', { 'Fn::Transform': {} }, 'Fn::Transform is not supported'],
    ['an unknown reference', { Ref: 'Nobody' }, 'Ref Nobody: there is no such resource or parameter'],
    ['an unknown pseudo parameter', { Ref: 'AWS::Moon' }, 'Ref AWS::Moon: there is no such pseudo parameter'],
    [
      'an unknown attribute',
      { 'Fn::GetAtt': ['T', 'Moon'] },
      'Fn::GetAtt T.Moon: AWS::SNS::Topic has no such attribute here (TopicArn, TopicName)',
    ],
    ['an unknown condition', { 'Fn::If': ['Moon', 1, 2] }, "there is no condition 'Moon'"],
    ['a function beside others', { 'Fn::Join': ['', []], b: 1 }, 'Fn::Join stands beside other keys (Fn::Join, b)'],
    [
      'a list where a text belongs',
      { 'Fn::Join': [',', [{ a: 1 }]] },
      'Fn::Join: a text is expected where the template has {"a":1}',
    ],
    ['an item that is not there', { 'Fn::Select': [3, ['a']] }, 'Fn::Select: there is no item 3 among 1'],
    ['a dynamic reference', '{{resolve:ssm:x}}', 'dynamic references are not supported: {{resolve:ssm:x}}'],
  ])('%s', (_what, source, problem) => {
    expect(inTopic(source)).toContain(`resource 'T' (AWS::SNS::Topic): property DisplayName: ${problem}`);
  });

  test.each<[string, object, string]>([
    [
      'an unknown type',
      { Resources: { X: resource('AWS::EC2::VPC') } },
      "resource 'X' (AWS::EC2::VPC): resources of type AWS::EC2::VPC are not supported",
    ],
    ['a section', { Resources: {}, Mappings: { M: {} } }, 'section Mappings: not supported'],
    [
      'a parameter without a value',
      { Parameters: { P: { Type: 'String' } }, Resources: { T: topic({ Ref: 'P' }) } },
      "parameter 'P': no value given and no default",
    ],
    [
      'a parameter out of a list',
      {
        Parameters: { P: { Type: 'String', Default: 'c', AllowedValues: ['a', 'b'] } },
        Resources: { T: topic({ Ref: 'P' }) },
      },
      "parameter 'P': 'c' is not one of a, b",
    ],
    [
      'two roles of one name',
      {
        Resources: {
          A: resource('AWS::IAM::Role', { RoleName: 'r' }),
          B: resource('AWS::IAM::Role', { RoleName: 'r' }),
        },
      },
      "resource 'B' (AWS::IAM::Role): its name 'r' is also that of 'A'",
    ],
    [
      'names that need each other',
      { Resources: { A: topic({ 'Fn::Sub': '${B}' }), B: topic({ 'Fn::Sub': '${A}' }) } },
      'A.TopicName needs B.TopicName needs A.TopicName: a cycle',
    ],
    [
      'properties that need each other',
      {
        Resources: {
          A: resource('AWS::SNS::Topic', { TopicName: 'a', DisplayName: { Ref: 'B' } }),
          B: resource('AWS::SNS::Topic', { TopicName: 'b', DisplayName: { Ref: 'A' } }),
        },
      },
      'circular dependency: A → B → A',
    ],
    [
      'conditions that need each other',
      {
        Conditions: { A: { Condition: 'B' }, B: { Condition: 'A' } },
        Resources: { T: topic({ 'Fn::If': ['A', 'x', 'y'] }) },
      },
      'condition A needs condition B needs condition A: a cycle',
    ],
    [
      'a resource that is left out',
      {
        Conditions: { No: { 'Fn::Equals': [1, 2] } },
        Resources: { A: topic('a', { Condition: 'No' }), B: topic({ Ref: 'A' }) },
      },
      "Ref A: the resource's condition does not hold",
    ],
    [
      'an output',
      { Resources: {}, Outputs: { O: { Value: { Ref: 'X' } } } },
      "output 'O': Ref X: there is no such resource or parameter",
    ],
  ])('%s', (_what, template, problem) => {
    expect(refusal(template)).toContain(problem);
  });

  test('all at once', () => {
    const text = refusal({ Resources: { X: resource('AWS::EC2::VPC'), T: topic({ Ref: 'Nobody' }) } });
    expect(text.split('\n').length).toBe(3);
  });
});
