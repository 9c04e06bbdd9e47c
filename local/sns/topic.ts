// Topics and their subscriptions; what clients made is kept in the state directory, what the stack made comes from its template.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

export type Subscription = {
  arn: string;
  protocol: string;
  endpoint: string;
  raw: boolean;
  fromStack: boolean;
};

export type Topic = { arn: string; displayName: string; fromStack: boolean; subscriptions: Subscription[] };

const protocols = ['lambda', 'sqs', 'email', 'email-json', 'http', 'https', 'sms'];

export class Topics {
  readonly #file: string;
  readonly #topics: Map<string, Topic>;

  constructor(file: string) {
    this.#file = file;
    this.#topics = new Map(readJson<Topic[]>(file, []).map((topic) => [topic.arn, topic]));
  }

  all(): Topic[] {
    return [...this.#topics.values()];
  }

  find(arn: unknown): Topic {
    const topic = this.#topics.get(String(arn));
    if (!topic) throw new AwsError('NotFound', `Topic does not exist: ${arn}`, 404);
    return topic;
  }

  ensure(arn: string, displayName: string, fromStack: boolean): Topic {
    if (!/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/.test(arn)) {
      throw new AwsError('InvalidParameter', `Invalid parameter: Topic Name (${arn.split(':').at(-1)})`);
    }
    const topic = this.#topics.get(arn) ?? { arn, displayName, fromStack, subscriptions: [] };
    this.#topics.set(arn, topic);
    this.#save();
    return topic;
  }

  remove(arn: string): void {
    this.#topics.delete(arn);
    this.#save();
  }

  /** The same protocol and endpoint twice is one subscription. */
  subscribe(topic: Topic, protocol: string, endpoint: string, raw: boolean, fromStack: boolean): Subscription {
    if (!protocols.includes(protocol)) {
      throw new AwsError(
        'InvalidParameter',
        `Invalid parameter: Amazon SNS does not support this protocol string: ${protocol}`,
      );
    }
    const existing = topic.subscriptions.find((one) => one.protocol === protocol && one.endpoint === endpoint);
    if (existing) return existing;
    const subscription = { arn: `${topic.arn}:${randomUUID()}`, protocol, endpoint, raw, fromStack };
    topic.subscriptions.push(subscription);
    this.#save();
    return subscription;
  }

  unsubscribe(arn: string): void {
    for (const topic of this.#topics.values())
      topic.subscriptions = topic.subscriptions.filter((one) => one.arn !== arn);
    this.#save();
  }

  #save(): void {
    const own = this.all().map((topic) => ({
      ...topic,
      subscriptions: topic.subscriptions.filter((one) => !one.fromStack),
    }));
    writeJson(
      this.#file,
      own.filter((topic) => !topic.fromStack || topic.subscriptions.length > 0),
    );
  }
}
