// SNS: messages go to functions and queues; what would leave the machine (e-mail, HTTP, SMS) is only written down.
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Caller, type Input, type Service } from '../service.ts';
import type { Sqs } from '../sqs/service.ts';
import { lambdaRecord, type Notification, queueBody } from './notification.ts';
import { type Subscription, type Topic, Topics } from './topic.ts';

/** One line of `<state directory>/sns/deliveries.jsonl`: who was told what, or why not. */
export type Delivery = {
  time: string;
  topicArn: string;
  messageId: string;
  subject?: string;
  message: string;
  protocol?: string;
  endpoint?: string;
  outcome: 'delivered' | 'recorded' | 'no subscription' | 'failed';
  reason?: string;
};

export type Sns = {
  service: Service;
  publish(topicArn: string, message: string, subject?: string, attributes?: Notification['attributes']): string;
  /** Makes a topic (and the subscriptions in it) from the properties of an AWS::SNS::Topic. */
  stackTopic(scope: Scope, properties: Input): void;
  /** Subscribes as an AWS::SNS::Subscription says; a topic of another account (AWS's own) is made on the way. */
  stackSubscription(properties: Input): void;
};

type Scope = Pick<Caller, 'accountId' | 'region'>;

export function sns(cloud: Pick<Cloud, 'clock' | 'stateDirectory' | 'functions'>, sqs: Pick<Sqs, 'send'>): Sns {
  const directory = join(cloud.stateDirectory, 'sns');
  const topics = new Topics(join(directory, 'topics.json'));
  const now = () => new Date(cloud.clock.now()).toISOString();

  const record = (delivery: Delivery) => {
    mkdirSync(directory, { recursive: true });
    appendFileSync(join(directory, 'deliveries.jsonl'), `${JSON.stringify(delivery)}\n`);
  };

  const deliver = (notification: Notification, { arn, protocol, endpoint, raw }: Subscription): Delivery['outcome'] => {
    if (protocol === 'lambda') cloud.functions.invokeLater(endpoint, lambdaRecord(notification, arn));
    else if (protocol === 'sqs') sqs.send(endpoint, queueBody(notification, raw));
    else return 'recorded';
    return 'delivered';
  };

  const publish: Sns['publish'] = (topicArn, message, subject, attributes = {}) => {
    const topic = topics.find(topicArn);
    const notification = { messageId: randomUUID(), topicArn, subject, message, timestamp: now(), attributes };
    const { messageId } = notification;
    const told = { time: now(), topicArn, messageId, ...(subject === undefined ? {} : { subject }), message };
    if (topic.subscriptions.length === 0) record({ ...told, outcome: 'no subscription' });
    for (const subscription of topic.subscriptions) {
      const { protocol, endpoint } = subscription;
      try {
        record({ ...told, protocol, endpoint, outcome: deliver(notification, subscription) });
      } catch (error) {
        record({ ...told, protocol, endpoint, outcome: 'failed', reason: String(error) });
      }
    }
    return messageId;
  };

  const subscribe = (
    topic: Topic,
    { Protocol, Endpoint, FilterPolicy, RawMessageDelivery }: Input,
    fromStack: boolean,
  ) => {
    if (FilterPolicy !== undefined) {
      throw new AwsError(
        'InvalidParameter',
        `The local cloud has no FilterPolicy (subscription of ${Endpoint} to ${topic.arn})`,
      );
    }
    return topics.subscribe(
      topic,
      String(Protocol),
      String(Endpoint),
      String(RawMessageDelivery) === 'true',
      fromStack,
    );
  };

  return {
    publish,
    stackTopic({ accountId, region }, properties) {
      const { TopicName, DisplayName = '', Subscription = [] } = properties;
      const topic = topics.ensure(`arn:aws:sns:${region}:${accountId}:${TopicName}`, DisplayName, true);
      for (const subscription of Subscription) subscribe(topic, subscription, true);
    },
    stackSubscription(properties) {
      subscribe(topics.ensure(String(properties.TopicArn), '', true), properties, true);
    },
    service: {
      signingName: 'sns',
      protocol: 'query',
      version: '2010-03-31',
      operations: {
        CreateTopic({ Name, Attributes }, { region, accountId }) {
          const arn = `arn:aws:sns:${region}:${accountId}:${Name}`;
          return { TopicArn: topics.ensure(arn, Attributes?.DisplayName ?? '', false).arn };
        },
        DeleteTopic({ TopicArn }) {
          topics.remove(String(TopicArn));
        },
        ListTopics: (_, caller) => ({
          Topics: topics
            .all()
            .filter(({ arn }) => arn.startsWith(`arn:aws:sns:${caller.region}:${caller.accountId}:`))
            .map(({ arn }) => ({ TopicArn: arn })),
        }),
        GetTopicAttributes({ TopicArn }) {
          const { arn, displayName, subscriptions } = topics.find(TopicArn);
          return {
            Attributes: new Map([
              ['TopicArn', arn],
              ['Owner', arn.split(':')[4] ?? ''],
              ['DisplayName', displayName],
              ['SubscriptionsConfirmed', String(subscriptions.length)],
            ]),
          };
        },
        Subscribe(input) {
          const { FilterPolicy, RawMessageDelivery } = input.Attributes ?? {};
          const options = { Protocol: input.Protocol, Endpoint: input.Endpoint, FilterPolicy, RawMessageDelivery };
          return { SubscriptionArn: subscribe(topics.find(input.TopicArn), options, false).arn };
        },
        Unsubscribe({ SubscriptionArn }) {
          topics.unsubscribe(String(SubscriptionArn));
        },
        ListSubscriptions: (_, caller) => ({
          Subscriptions: topics
            .all()
            .filter(({ arn }) => arn.split(':')[3] === caller.region)
            .flatMap(describe),
        }),
        ListSubscriptionsByTopic: ({ TopicArn }) => ({ Subscriptions: describe(topics.find(TopicArn)) }),
        Publish(input, caller) {
          const arn = input.TopicArn ?? input.TargetArn;
          if (arn === undefined) {
            throw new AwsError(
              'InvalidParameter',
              'Invalid parameter: TopicArn or TargetArn is required (the local cloud sends no SMS)',
            );
          }
          if (typeof input.Message !== 'string' || input.Message === '') {
            throw new AwsError('InvalidParameter', 'Invalid parameter: Empty message');
          }
          if (String(arn).split(':')[3] !== caller.region) {
            throw new AwsError('InvalidParameter', `Invalid parameter: TopicArn (${arn} is not in ${caller.region})`);
          }
          return { MessageId: publish(String(arn), input.Message, input.Subject, attributesOf(input)) };
        },
      },
    },
  };
}

function attributesOf(input: Input): Notification['attributes'] {
  const given = Object.entries((input.MessageAttributes ?? {}) as Record<string, Record<string, string>>);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      { Type: value.DataType ?? 'String', Value: value.StringValue ?? value.BinaryValue ?? '' },
    ]),
  );
}

const describe = (topic: Topic) =>
  topic.subscriptions.map(({ arn, protocol, endpoint }) => ({
    SubscriptionArn: arn,
    Owner: topic.arn.split(':')[4],
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topic.arn,
  }));
