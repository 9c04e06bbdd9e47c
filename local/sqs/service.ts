// SQS as far as dead-letter queues need it: send, receive, delete, and the questions a client asks first.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Caller, type Input, type Service } from '../service.ts';
import { type Message, md5, Queue } from './queue.ts';

type Scope = Pick<Caller, 'accountId' | 'region'>;

export type Sqs = {
  service: Service;
  /** Makes a queue, or finds the one that an earlier start made. */
  ensureQueue(scope: Scope, name: string): Queue;
  /** Puts a message on the queue with this ARN; throws QueueDoesNotExist. */
  send(queueArn: string, body: string, attributes?: Message['attributes']): Message;
};

const defaultVisibilitySeconds = 30;
const pollInterval = 50;

/** `endpoint` gives the URL that queue URLs begin with. */
export function sqs(cloud: Pick<Cloud, 'clock' | 'stateDirectory'>, endpoint: () => string): Sqs {
  const regions = new Map<string, Map<string, Queue>>();
  const directory = ({ accountId, region }: Scope) => join(cloud.stateDirectory, 'sqs', accountId, region);
  const now = () => cloud.clock.now();

  const queuesOf = (scope: Scope): Map<string, Queue> => {
    const path = directory(scope);
    let queues = regions.get(path);
    if (!queues) {
      const files = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.json')) : [];
      const names = files.map((file) => file.slice(0, -'.json'.length));
      queues = new Map(names.map((name) => [name, new Queue(name, join(path, `${name}.json`))]));
      regions.set(path, queues);
    }
    return queues;
  };

  const find = (scope: Scope, name: string): Queue => {
    const queue = queuesOf(scope).get(name);
    if (!queue) throw new AwsError('QueueDoesNotExist', `The specified queue does not exist: ${name}`);
    return queue;
  };

  const ensureQueue: Sqs['ensureQueue'] = (scope, name) => {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(name)) {
      throw new AwsError(
        'InvalidParameterValue',
        `A standard queue's name has 1 to 80 letters, digits, - and _: ${name}`,
      );
    }
    const queue = queuesOf(scope).get(name) ?? new Queue(name, join(directory(scope), `${name}.json`));
    queuesOf(scope).set(name, queue);
    return queue;
  };

  const asked = (input: Input, caller: Caller) => find(...addressed(input.QueueUrl, caller));
  const url = (name: string, { accountId }: Scope) => `${endpoint()}/${accountId}/${name}`;

  return {
    ensureQueue,
    send(queueArn, body, attributes = {}) {
      const [, , , region = '', accountId = '', name = ''] = queueArn.split(':');
      return find({ accountId, region }, name).send(body, attributes, now());
    },
    service: {
      signingName: 'sqs',
      protocol: 'json',
      targetPrefix: 'AmazonSQS',
      jsonVersion: '1.0',
      operations: {
        CreateQueue: (input, caller) => ({ QueueUrl: url(ensureQueue(caller, String(input.QueueName)).name, caller) }),
        GetQueueUrl: (input, caller) => ({ QueueUrl: url(find(caller, String(input.QueueName)).name, caller) }),
        ListQueues: (input, caller) => ({
          QueueUrls: [...queuesOf(caller).keys()]
            .filter((name) => name.startsWith(input.QueueNamePrefix ?? ''))
            .sort()
            .map((name) => url(name, caller)),
        }),
        GetQueueAttributes(input, caller) {
          const queue = asked(input, caller);
          const { visible, hidden } = queue.counts(now());
          const all: Record<string, string> = {
            QueueArn: `arn:aws:sqs:${caller.region}:${caller.accountId}:${queue.name}`,
            ApproximateNumberOfMessages: String(visible),
            ApproximateNumberOfMessagesNotVisible: String(hidden),
            VisibilityTimeout: String(defaultVisibilitySeconds),
          };
          const names: string[] = input.AttributeNames ?? [];
          return {
            Attributes: Object.fromEntries(
              Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name)),
            ),
          };
        },
        SendMessage(input, caller) {
          const body = String(input.MessageBody ?? '');
          const message = asked(input, caller).send(body, input.MessageAttributes ?? {}, now(), input.DelaySeconds);
          return { MessageId: message.id, MD5OfMessageBody: md5(body) };
        },
        async ReceiveMessage(input, caller) {
          const queue = asked(input, caller);
          const until = now() + (input.WaitTimeSeconds ?? 0) * 1000;
          for (;;) {
            const visibility = input.VisibilityTimeout ?? defaultVisibilitySeconds;
            const messages = queue.receive(input.MaxNumberOfMessages ?? 1, visibility, now());
            if (messages.length > 0) return { Messages: messages.map((message) => describe(message, input)) };
            if (now() >= until) return {};
            await cloud.clock.sleep(pollInterval);
          }
        },
        DeleteMessage(input, caller) {
          asked(input, caller).delete(String(input.ReceiptHandle));
        },
        PurgeQueue(input, caller) {
          asked(input, caller).purge();
        },
      },
    },
  };
}

// A queue URL ends in /<account>/<name>.
function addressed(queueUrl: unknown, caller: Caller): [Scope, string] {
  const match = /\/(\d{12})\/([^/]+)$/.exec(String(queueUrl));
  if (!match) throw new AwsError('InvalidAddress', `Not the URL of a queue: ${queueUrl}`);
  return [{ accountId: match[1] ?? '', region: caller.region }, match[2] ?? ''];
}

function describe(message: Message, input: Input): Input {
  const names: string[] = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const system: Record<string, string> = {
    SentTimestamp: String(message.sent),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceived),
  };
  const wanted: string[] = input.MessageAttributeNames ?? [];
  const chosen = (list: string[], name: string) => list.includes('All') || list.includes('.*') || list.includes(name);
  const attributes = Object.entries(message.attributes).filter(([name]) => chosen(wanted, name));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receipt,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: Object.fromEntries(Object.entries(system).filter(([name]) => chosen(names, name))),
    ...(attributes.length > 0 ? { MessageAttributes: Object.fromEntries(attributes) } : {}),
  };
}
