// Which resources a template may hold, and for each its name, what Ref gives and which attributes there are.
import { createHash } from 'node:crypto';
import type { Place, Value } from './stack.ts';

/** A resource while its properties are not resolved yet: each is when it is asked for. */
export type Draft = { logicalId: string; place: Place; property(name: string): Value | undefined };

export type ResourceType = {
  /** The property that names it. */
  named?: string;
  /** For names that are not the property's text or a generated one. */
  name?: (draft: Draft) => string;
  arn?: (name: string, draft: Draft) => string;
  /** The name, where there is none. */
  ref?: (name: string, draft: Draft) => string;
  attributes?: Record<string, (name: string, draft: Draft) => Value>;
};

const arn =
  (service: string, resource: string, separator = ':') =>
  (name: string, { place }: Draft) =>
    `arn:${place.partition}:${service}:${place.region}:${place.accountId}:${resource}${resource ? separator : ''}${name}`;

const iamArn =
  (resource: string) =>
  (name: string, { place, property }: Draft) =>
    `arn:${place.partition}:iam::${place.accountId}:${resource}${text(property('Path') ?? '/')}${name}`;

const lambdaArn = arn('lambda', 'function');
const stateMachineArn = arn('states', 'stateMachine');
const topicArn = arn('sns', '');
const queueUrl = (name: string, { place }: Draft) =>
  `https://sqs.${place.region}.${place.urlSuffix}/${place.accountId}/${name}`;
const bucketArn = (name: string, { place }: Draft) => `arn:${place.partition}:s3:::${name}`;
const busOf = (draft: Draft) => text(draft.property('EventBusName') ?? 'default').replace(/^.*\//, '');
const onOwnBus = (draft: Draft) => busOf(draft) !== 'default';
const ruleArn = (name: string, draft: Draft) =>
  arn('events', 'rule', '/')(onOwnBus(draft) ? `${busOf(draft)}/${name}` : name, draft);
const scheduleArn = (name: string, draft: Draft) =>
  arn('scheduler', 'schedule', '/')(`${text(draft.property('GroupName') ?? 'default')}/${name}`, draft);

/** A version's function, whose property may hold a name or an ARN. */
const functionOf = (draft: Draft) => text(draft.property('FunctionName')).replace(/^arn:.*:function:/, '');
/** There is one version of a function, the code that was packaged. */
export const onlyVersion = '1';
const versionArn = (_name: string, draft: Draft) => `${lambdaArn(functionOf(draft), draft)}:${onlyVersion}`;

const withArn = (
  named: string,
  make: (name: string, draft: Draft) => string,
  attributes: ResourceType['attributes'] = {},
): ResourceType => ({ named, arn: make, attributes: { Arn: make, ...attributes } });

/** Resources that only join others: nothing asks for their name. */
const joint: ResourceType = {};

export const resourceTypes: Record<string, ResourceType> = {
  'AWS::Lambda::Function': withArn('FunctionName', lambdaArn),
  'AWS::Lambda::Version': {
    name: functionOf,
    arn: versionArn,
    ref: versionArn,
    attributes: { Version: () => onlyVersion, FunctionArn: versionArn },
  },
  'AWS::Lambda::Permission': joint,
  'AWS::Lambda::EventInvokeConfig': joint,
  'AWS::Logs::LogGroup': withArn('LogGroupName', arn('logs', 'log-group'), {
    Arn: (name, draft) => `${arn('logs', 'log-group')(name, draft)}:*`,
  }),
  'AWS::IAM::Role': withArn('RoleName', iamArn('role'), { RoleId: (name, { place }) => roleId(name, place) }),
  'AWS::IAM::InstanceProfile': withArn('InstanceProfileName', iamArn('instance-profile')),
  'AWS::IAM::ManagedPolicy': {
    named: 'ManagedPolicyName',
    arn: iamArn('policy'),
    ref: iamArn('policy'),
    attributes: { PolicyArn: iamArn('policy') },
  },
  'AWS::DynamoDB::Table': withArn('TableName', arn('dynamodb', 'table', '/')),
  'AWS::StepFunctions::StateMachine': {
    ...withArn('StateMachineName', stateMachineArn, { Name: (name) => name }),
    ref: stateMachineArn,
  },
  'AWS::Events::Rule': {
    ...withArn('Name', ruleArn),
    ref: (name, draft) => (onOwnBus(draft) ? `${busOf(draft)}|${name}` : name),
  },
  'AWS::Events::EventBus': withArn('Name', arn('events', 'event-bus', '/'), { Name: (name) => name }),
  'AWS::Events::EventBusPolicy': joint,
  'AWS::SNS::Topic': {
    named: 'TopicName',
    arn: topicArn,
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: (name) => name },
  },
  'AWS::SNS::Subscription': joint,
  'AWS::SNS::TopicPolicy': joint,
  'AWS::SQS::Queue': {
    ...withArn('QueueName', arn('sqs', ''), { QueueName: (name) => name, QueueUrl: queueUrl }),
    ref: queueUrl,
  },
  'AWS::SQS::QueuePolicy': joint,
  'AWS::S3::Bucket': {
    ...withArn('BucketName', bucketArn, {
      DomainName: (name, { place }) => `${name}.s3.${place.urlSuffix}`,
      RegionalDomainName: (name, { place }) => `${name}.s3.${place.region}.${place.urlSuffix}`,
    }),
    name: (draft) => text(draft.property('BucketName') ?? generatedName(draft, 63).toLowerCase()),
  },
  'AWS::S3::BucketPolicy': joint,
  'AWS::CloudWatch::Alarm': withArn('AlarmName', arn('cloudwatch', 'alarm')),
  'AWS::SSM::Parameter': {
    named: 'Name',
    arn: (name, draft) => arn('ssm', 'parameter', '')(name.startsWith('/') ? name : `/${name}`, draft),
    attributes: {
      Type: (_, { property }) => property('Type') ?? null,
      Value: (_, { property }) => property('Value') ?? null,
    },
  },
  'AWS::Scheduler::Schedule': withArn('Name', scheduleArn),
  'AWS::Scheduler::ScheduleGroup': withArn('Name', arn('scheduler', 'schedule-group', '/')),
};

/** As CloudFormation's, but the same every time: stack, logical id, and twelve characters that follow from both. */
export function generatedName({ logicalId, place }: Draft, longest = 64): string {
  const tail = digest(`${place.stackName}/${logicalId}`).slice(0, 12);
  const room = longest - tail.length - 2;
  const stack = place.stackName.slice(0, Math.max(1, room - Math.min(logicalId.length, 24)));
  return `${stack}-${logicalId.slice(0, room - stack.length)}-${tail}`;
}

const roleId = (name: string, place: Place) => `AROA${digest(`${place.accountId}/${name}`).slice(0, 17)}`;

const digest = (what: string) =>
  BigInt(`0x${createHash('sha256').update(what).digest('hex')}`)
    .toString(36)
    .toUpperCase()
    .padStart(50, '0');

function text(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error(`a text is expected where the template has ${JSON.stringify(value)}`);
}
