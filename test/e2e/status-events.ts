// What a user's own rule hears: the image state changes on the stack's bus, through a queue.
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { type LocalCloud, stackName } from './local-cloud.ts';

export type StateChange = {
  source: string;
  resources: string[];
  detail: {
    'previous-state': { status: string };
    state: { status: string; reason?: string };
    'image-pipeline': { name: string };
    version: string;
    amis: { region: string; image: string }[];
    tests?: { total: number; passed: number; failed: number };
  };
};

const queue = 'state-changes';

/** Listens from now on. */
export async function listen({ client, endpoint }: LocalCloud): Promise<void> {
  await sqs(endpoint, 'CreateQueue', { QueueName: queue });
  const events = new EventBridgeClient(client);
  const rule = { Name: queue, EventBusName: stackName };
  const pattern = { 'detail-type': ['EC2 Image Builder Image State Change'] };
  await events.send(new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(pattern) }));
  const Arn = `arn:aws:sqs:us-east-1:000000000000:${queue}`;
  await events.send(new PutTargetsCommand({ Rule: queue, EventBusName: stackName, Targets: [{ Id: queue, Arn }] }));
  events.destroy();
}

/** Everything heard so far, taken from the queue. */
export async function heard({ endpoint }: LocalCloud): Promise<StateChange[]> {
  const changes: StateChange[] = [];
  for (;;) {
    const input = { QueueUrl: `${endpoint}/000000000000/${queue}`, MaxNumberOfMessages: 10 };
    const { Messages = [] } = (await sqs(endpoint, 'ReceiveMessage', input)) as { Messages?: { Body: string }[] };
    if (Messages.length === 0) return changes;
    changes.push(...Messages.map(({ Body }) => JSON.parse(Body) as StateChange));
  }
}

/** There is no SQS client among our packages; keys that the local cloud has not issued are not checked. */
async function sqs(endpoint: string, operation: string, input: object): Promise<unknown> {
  const scope = 'test/20260101/us-east-1/sqs/aws4_request';
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`SQS ${operation}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
