// What the operations of EventBridge, SNS and SQS need.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html (and …_amazonsns, …_amazonsqs)
import type { Caller, Input } from '../../service.ts';
import { anywhere, listOf, type Need, type Needs, need } from '../need.ts';

const arn = (service: string, resource: string, { accountId, region }: Caller): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

function bus(name: unknown, caller: Caller): string {
  const asked = String(name ?? 'default');
  return asked.startsWith('arn:') ? asked : arn('events', `event-bus/${asked}`, caller);
}

function rule(name: unknown, input: Input, caller: Caller): string {
  const busName = bus(input.EventBusName, caller).replace(/^.*event-bus\//, '');
  return arn('events', `rule/${busName === 'default' ? '' : `${busName}/`}${name}`, caller);
}

const onRule =
  (action: string, field = 'Name') =>
  (input: Input, caller: Caller): Need[] => [need(`events:${action}`, rule(input[field], input, caller))];

const onBus =
  (action: string) =>
  (input: Input, caller: Caller): Need[] => [need(`events:${action}`, bus(input.Name, caller))];

export const eventsNeeds: Needs = {
  PutEvents: (input, caller) =>
    (listOf(input.Entries) as Input[]).map((entry) =>
      need('events:PutEvents', bus(entry.EventBusName, caller), {
        'events:source': entry.Source,
        'events:detail-type': entry.DetailType,
      }),
    ),
  ...Object.fromEntries(
    ['PutRule', 'DeleteRule', 'EnableRule', 'DisableRule', 'DescribeRule'].map((action) => [action, onRule(action)]),
  ),
  ...Object.fromEntries(
    ['PutTargets', 'RemoveTargets', 'ListTargetsByRule'].map((action) => [action, onRule(action, 'Rule')]),
  ),
  ...Object.fromEntries(
    ['CreateEventBus', 'DeleteEventBus', 'DescribeEventBus'].map((action) => [action, onBus(action)]),
  ),
  ...Object.fromEntries(
    ['ListRules', 'ListEventBuses', 'TestEventPattern'].map((action) => [action, anywhere(`events:${action}`)]),
  ),
};

export const snsNeeds: Needs = {
  Publish: (input) => [need('sns:Publish', String(input.TopicArn ?? input.TargetArn))],
};

export const sqsNeeds: Needs = {
  ...Object.fromEntries(
    ['GetQueueAttributes', 'SendMessage', 'ReceiveMessage', 'DeleteMessage', 'PurgeQueue'].map((action) => [
      action,
      (input: Input, caller: Caller) => [
        need(`sqs:${action}`, arn('sqs', String(input.QueueUrl).split('/').at(-1) ?? '', caller)),
      ],
    ]),
  ),
};
