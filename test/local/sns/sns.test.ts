import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { type Sns, sns } from '../../../local/sns/service.ts';
import { type Sqs, sqs } from '../../../local/sqs/service.ts';
import { type Door, homeAccountId, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
const scope = { accountId: homeAccountId, region: 'eu-central-1' };
const invoked: { arn: string; event: { Records: Record<string, unknown>[] } }[] = [];
let queues: Sqs;
let topics: Sns;
let door: Door;
let client: SNSClient;

const make = () =>
  sns(
    {
      clock,
      stateDirectory: directory.path,
      functions: {
        invoke: () => Promise.reject(new Error('SNS invokes later')),
        invokeLater: (arn, payload) => invoked.push({ arn, event: JSON.parse(payload) }),
      },
    },
    queues,
  );
const deliveries = () =>
  readFileSync(join(directory.path, 'sns', 'deliveries.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  queues = sqs({ clock, stateDirectory: directory.path }, () => 'http://127.0.0.1');
  topics = make();
  door = await openDoor([topics.service], directory.path);
  client = new SNSClient(door.client());
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

test('a message goes to functions and queues of the stack; e-mail is only written down', async () => {
  const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:f';
  const queue = queues.ensureQueue(scope, 'q');
  const queueArn = 'arn:aws:sqs:eu-central-1:000000000000:q';
  const TopicArn = 'arn:aws:sns:eu-central-1:000000000000:builds';
  topics.stackTopic(scope, { TopicName: 'builds', Subscription: [{ Protocol: 'lambda', Endpoint: functionArn }] });
  topics.stackSubscription({ TopicArn, Protocol: 'sqs', Endpoint: queueArn, RawMessageDelivery: true });
  topics.stackSubscription({ TopicArn, Protocol: 'email', Endpoint: 'me@example.com' });
  topics.stackSubscription({ TopicArn, Protocol: 'sqs', Endpoint: `${queueArn}-missing` });
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn,
      Subject: 'AVAILABLE',
      Message: '{"image":"ä"}',
      MessageAttributes: { status: { DataType: 'String', StringValue: 'AVAILABLE' } },
    }),
  );
  expect(invoked).toMatchObject([
    {
      arn: functionArn,
      event: {
        Records: [
          {
            EventSource: 'aws:sns',
            Sns: {
              MessageId,
              TopicArn,
              Subject: 'AVAILABLE',
              Message: '{"image":"ä"}',
              Timestamp: '2026-01-01T00:00:00.000Z',
              MessageAttributes: { status: { Type: 'String', Value: 'AVAILABLE' } },
            },
          },
        ],
      },
    },
  ]);
  expect(queue.receive(10, 30, clock.now()).map((message) => message.body)).toEqual(['{"image":"ä"}']);
  expect(deliveries()).toMatchObject([
    { messageId: MessageId, protocol: 'lambda', endpoint: functionArn, outcome: 'delivered' },
    { protocol: 'sqs', endpoint: queueArn, outcome: 'delivered' },
    { protocol: 'email', endpoint: 'me@example.com', message: '{"image":"ä"}', outcome: 'recorded' },
    {
      protocol: 'sqs',
      outcome: 'failed',
      reason: expect.stringContaining('The specified queue does not exist: q-missing'),
    },
  ]);
});

test('clients make topics and subscriptions, which are kept over a restart', async () => {
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: 'mine', Attributes: { DisplayName: 'Mine' } }));
  const subscribe = () => client.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' }));
  const { SubscriptionArn } = await subscribe();
  expect((await subscribe()).SubscriptionArn).toBe(SubscriptionArn);
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toEqual({ TopicArn, Owner: homeAccountId, DisplayName: 'Mine', SubscriptionsConfirmed: '1' });
  const listed = await client.send(new ListTopicsCommand({}));
  expect(listed.Topics?.map((topic) => topic.TopicArn)).toContain(TopicArn);
  const elsewhere = new SNSClient(door.client({ region: 'us-east-1' }));
  expect((await elsewhere.send(new ListTopicsCommand({}))).Topics).toEqual([]);

  const again = make();
  again.publish(String(TopicArn), 'after the restart');
  expect(deliveries().at(-1)).toMatchObject({
    endpoint: 'a@example.com',
    message: 'after the restart',
    outcome: 'recorded',
  });

  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  expect((await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions).toEqual([]);
  await client.send(new PublishCommand({ TopicArn, Message: 'to nobody' }));
  expect(deliveries().at(-1)).toMatchObject({ message: 'to nobody', outcome: 'no subscription' });
});

test('refused: topics that are not there or elsewhere, unknown protocols, filter policies', async () => {
  const publish = (TopicArn: string) => client.send(new PublishCommand({ TopicArn, Message: 'm' }));
  await expect(publish('arn:aws:sns:eu-central-1:000000000000:none')).rejects.toMatchObject({
    name: 'NotFoundException',
    message: 'Topic does not exist: arn:aws:sns:eu-central-1:000000000000:none',
  });
  await expect(publish('arn:aws:sns:us-east-1:000000000000:builds')).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  const TopicArn = 'arn:aws:sns:eu-central-1:000000000000:builds';
  await expect(client.send(new SubscribeCommand({ TopicArn, Protocol: 'pigeon', Endpoint: 'loft' }))).rejects.toThrow(
    'Invalid parameter: Amazon SNS does not support this protocol string: pigeon',
  );
  const Attributes = { FilterPolicy: '{}' };
  await expect(
    client.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: 'q', Attributes })),
  ).rejects.toThrow('The local cloud has no FilterPolicy');
});
