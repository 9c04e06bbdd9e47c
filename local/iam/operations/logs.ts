// What CloudWatch Logs' operations need: a group is `log-group:<name>:log-stream:` followed by the stream, if there is one.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
import type { Caller, Input } from '../../service.ts';
import { anywhere, type Need, type Needs, need } from '../need.ts';

type Scope = Pick<Caller, 'accountId' | 'region'>;

const groupArn = (name: unknown, stream: unknown, { accountId, region }: Scope): string =>
  `arn:aws:logs:${region}:${accountId}:log-group:${name}:log-stream:${stream ?? ''}`;

/** What Lambda does with a function's role, for every function that writes anything. */
export const logsOfFunction = (group: string, stream: string, scope: Scope): Need[] => [
  need('logs:CreateLogStream', groupArn(group, stream, scope)),
  need('logs:PutLogEvents', groupArn(group, stream, scope)),
];

const onGroup =
  (action: string) =>
  (input: Input, caller: Caller): Need[] => [
    need(`logs:${action}`, groupArn(input.logGroupName, input.logStreamName, caller)),
  ];

export const logsNeeds: Needs = {
  ...Object.fromEntries(
    [
      'CreateLogGroup',
      'DeleteLogGroup',
      'PutRetentionPolicy',
      'DeleteRetentionPolicy',
      'CreateLogStream',
      'PutLogEvents',
      'DescribeLogStreams',
      'GetLogEvents',
      'FilterLogEvents',
    ].map((action) => [action, onGroup(action)]),
  ),
  DescribeLogGroups: anywhere('logs:DescribeLogGroups'),
};
