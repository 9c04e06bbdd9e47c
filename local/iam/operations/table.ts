// The needs of every operation that roles may call at all, by the service's signing name.
import { functionArn } from '../../lambda/function-arn.ts';
import { anywhere, type Needs, need } from '../need.ts';
import { autoscalingNeeds } from './autoscaling.ts';
import { dynamodbNeeds } from './dynamodb.ts';
import { ec2Needs } from './ec2.ts';
import { kmsNeeds } from './kms.ts';
import { logsNeeds } from './logs.ts';
import { eventsNeeds, snsNeeds, sqsNeeds } from './messages.ts';
import { s3Needs } from './s3.ts';
import { schedulerNeeds } from './scheduler.ts';
import { ssmNeeds } from './ssm.ts';
import { stepFunctionsNeeds } from './step-functions.ts';

/** REST has no operation names: `input` holds the function that the path names. */
const lambdaNeeds: Needs = {
  Invoke: ({ function: name, qualifier }, caller) => [
    need('lambda:InvokeFunction', functionArn(name, qualifier, caller)),
  ],
};

export const needsTable: Record<string, Needs> = {
  autoscaling: autoscalingNeeds,
  dynamodb: dynamodbNeeds,
  ec2: ec2Needs,
  events: eventsNeeds,
  iam: {
    GetRole: ({ RoleName }, { accountId }) => [need('iam:GetRole', `arn:aws:iam::${accountId}:role/${RoleName}`)],
  },
  kms: kmsNeeds,
  lambda: lambdaNeeds,
  logs: logsNeeds,
  s3: s3Needs,
  scheduler: schedulerNeeds,
  sns: snsNeeds,
  sqs: sqsNeeds,
  ssm: ssmNeeds,
  states: stepFunctionsNeeds,
  sts: {
    // Anybody may ask who he is (STS API reference, GetCallerIdentity).
    GetCallerIdentity: () => [],
    AssumeRole: ({ RoleArn, ExternalId, RoleSessionName }) => [
      need('sts:AssumeRole', String(RoleArn), {
        'aws:ResourceAccount': String(RoleArn).split(':')[4],
        'sts:ExternalId': ExternalId,
        'sts:RoleSessionName': RoleSessionName,
      }),
    ],
  },
  cloudformation: { DescribeStacks: anywhere('cloudformation:DescribeStacks') },
};
