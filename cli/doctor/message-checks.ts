// Do events arrive: rules, forwarders of other regions, topics, and what lies in the dead-letter queue.
import { attempt } from '../aws/attempt.ts';
import type { ImageTable } from '../aws/image-table.ts';
import { printable } from '../terminal-text.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { ofType, type Patient } from './patient.ts';
import { unlessMissing } from './stack-checks.ts';

type Said = Omit<Finding, 'check'>[];

export async function checkRules(patient: Patient): Promise<Said> {
  const { EventBridgeClient, DescribeRuleCommand } = await import('@aws-sdk/client-eventbridge');
  const client = new EventBridgeClient(patient.connection);
  const rules = ofType(patient, 'AWS::Events::Rule');
  const bad: Said = [];
  try {
    for (const { physicalId, logicalId } of rules) {
      // CloudFormation's physical id of a rule is its name, after `bus|` where it is not on the default bus.
      const [Name = '', EventBusName] = physicalId.split('|').reverse();
      const rule = await attempt(`look at the rule ${logicalId}`, () =>
        unlessMissing(() => client.send(new DescribeRuleCommand({ Name, ...(EventBusName && { EventBusName }) }))),
      );
      const enable = `aws events enable-rule --name ${Name}${EventBusName ? ` --event-bus-name ${EventBusName}` : ''}`;
      if (!rule) bad.push(fail(`The rule ${logicalId} is gone.`, `npx sls deploy --stage ${patient.stage}`));
      else if (rule.State === 'DISABLED') bad.push(fail(`The rule ${logicalId} is disabled.`, enable));
    }
  } finally {
    client.destroy();
  }
  return bad.length > 0 ? bad : [ok(`${rules.length} rules, all enabled.`)];
}

/** Each region that builds have used forwards its AMI events to the stack's bus. */
export async function checkRegions({ connection, outputs, region: home }: Patient, table: ImageTable): Promise<Said> {
  const TargetArn = outputs.get('EventBusArn') ?? '';
  const { EventBridgeClient, ListRuleNamesByTargetCommand, DescribeRuleCommand } = await import(
    '@aws-sdk/client-eventbridge'
  );
  const others = (await table.readRegions()).filter((region) => region !== home).sort();
  const said: Said = [];
  for (const region of others) {
    const client = new EventBridgeClient({ ...connection, region });
    try {
      const states = await attempt(`look for the forwarder of ${region}`, async () => {
        const { RuleNames = [] } = await client.send(new ListRuleNamesByTargetCommand({ TargetArn }));
        return Promise.all(
          RuleNames.map(async (Name) => (await client.send(new DescribeRuleCommand({ Name }))).State ?? 'ENABLED'),
        );
      });
      const on = states.some((state) => state !== 'DISABLED');
      const todo = `Deploy regional-events.yml in ${region} with EventBusArn=${TargetArn} (docs/deploy.md, Other regions).`;
      said.push(
        on
          ? ok(`${region} forwards its AMI events.`)
          : warn(`${region} forwards no AMI events: copies there are noticed up to 15 minutes late.`, todo),
      );
    } finally {
      client.destroy();
    }
  }
  return said.length > 0 ? said : [ok('No build has used another region yet.')];
}

export async function checkTopics(patient: Patient): Promise<Said> {
  const { SNSClient, GetTopicAttributesCommand } = await import('@aws-sdk/client-sns');
  const client = new SNSClient(patient.connection);
  const said: Said = [];
  try {
    const topics = ofType(patient, 'AWS::SNS::Topic');
    for (const { logicalId, physicalId: TopicArn } of topics) {
      const { Attributes = {} } = await attempt(`look at the topic ${logicalId}`, () =>
        client.send(new GetTopicAttributesCommand({ TopicArn })),
      );
      const confirmed = Number(Attributes.SubscriptionsConfirmed ?? 0);
      const subscribe = `aws sns subscribe --topic-arn ${TopicArn} --protocol email --notification-endpoint you@example.com`;
      said.push(
        confirmed > 0
          ? ok(`${logicalId} has ${confirmed} subscription${confirmed === 1 ? '' : 's'}.`)
          : warn(`Nobody is subscribed to ${logicalId}.`, subscribe),
      );
    }
    if (!topics.some(({ logicalId }) => logicalId === 'AlarmTopic'))
      said.push(warn('The stack has no alarms.', 'Deploy it without --param="alarms=false".'));
  } finally {
    client.destroy();
  }
  return said;
}

/** Messages are looked at, and left where they are. */
export async function checkDeadLetters({ connection, outputs }: Patient): Promise<Said> {
  const QueueUrl = outputs.get('DeadLetterQueueUrl') ?? '';
  const { SQSClient, GetQueueAttributesCommand, ReceiveMessageCommand } = await import('@aws-sdk/client-sqs');
  const client = new SQSClient(connection);
  try {
    return await attempt('look into the dead-letter queue', async () => {
      const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }),
      );
      const count = names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
      if (count === 0) return [ok('The dead-letter queue is empty.')];
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          ...{ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 },
          MessageAttributeNames: ['All'],
        }),
      );
      const reasons = new Set(Messages.map(({ Body = '', MessageAttributes: told = {} }) => reasonOf(Body, told)));
      const why = reasons.size > 0 ? ` ${[...reasons].join('; ')}` : '';
      return [
        fail(
          `${count} events could not be handled:${why}`,
          `Mend the cause, run the sweep (./image-builder sweep), then empty the queue: aws sqs purge-queue --queue-url ${QueueUrl}`,
        ),
      ];
    });
  } finally {
    client.destroy();
  }
}

/** EventBridge tells in attributes why it gave up, Lambda in the body of its failure record (their guides, dead-letter queues and destinations), receive-update in an attribute what it could not read. */
function reasonOf(body: string, attributes: Record<string, { StringValue?: string | undefined }>): string {
  const { ERROR_MESSAGE: message, ERROR_CODE: code, RULE_ARN: rule, reason: unread } = attributes;
  if (unread?.StringValue) return printable(`a package update: ${unread.StringValue}`);
  if (message?.StringValue)
    return printable(
      `${rule?.StringValue?.split('/').at(-1) ?? 'a rule'}: ${code?.StringValue} ${message.StringValue}`,
    );
  try {
    const { requestContext, responsePayload } = JSON.parse(body) as {
      requestContext?: { functionArn?: string; condition?: string };
      responsePayload?: { errorType?: string; errorMessage?: string };
    };
    const name = requestContext?.functionArn?.split(':')[6];
    if (name)
      return printable(
        `${name} (${requestContext?.condition}): ${responsePayload?.errorType}: ${responsePayload?.errorMessage}`,
      );
  } catch {
    // Not JSON: shown as it is.
  }
  return printable(body.slice(0, 200));
}
