import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { cloudformation } from '../../../local/cloudformation/service.ts';
import { dynamodb } from '../../../local/dynamodb/service.ts';
import { events } from '../../../local/events/service.ts';
import { lambda } from '../../../local/lambda/service.ts';
import { logs } from '../../../local/logs/service.ts';
import type { RestService, Service } from '../../../local/service.ts';
import { sns } from '../../../local/sns/service.ts';
import { sqs } from '../../../local/sqs/service.ts';
import { sts } from '../../../local/sts/service.ts';
import { aws, awsCliMissing } from './aws-cli.ts';
import { type Door, homeAccountId, openDoor, temporaryDirectory } from './open-door.ts';

const directory = temporaryDirectory();
const scope = { accountId: homeAccountId, region: 'eu-central-1' };
const cloud = { clock: testClock(), stateDirectory: directory.path };
const tables = dynamodb(cloud);
const arn = 'arn:aws:lambda:eu-central-1:000000000000:function:echo';
const stack = {
  ...{ ...scope, id: 'arn:the-stack', name: 'the-stack', created: cloud.clock.now(), resources: [], parameters: {} },
  outputs: [{ key: 'TableName', value: 'builds' }],
};
let door: Door;

if (awsCliMissing) console.warn(awsCliMissing);

beforeAll(async () => {
  const services: (Service | RestService)[] = [];
  door = await openDoor(services, directory.path);
  const functions = {
    invoke: async (name: string, payload: string) => ({
      payload: `{"echo":${payload},"name":"${name}"}`,
      executedVersion: '$LATEST',
    }),
    invokeLater() {},
  };
  const queues = sqs(cloud, () => door.endpoint);
  const deployed = {
    ...{ name: 'echo', arn, handler: 'a.b', roleArn: 'r', timeout: 3, memorySize: 128, environment: {}, versions: [] },
    modified: cloud.clock.now(),
  };
  const deliveries = { sqs: (target: string, payload: string) => queues.send(target, payload) };
  services.push(
    sts(door.credentials, () => true),
    tables.service,
    events(cloud, deliveries, () => {}).service,
    logs(cloud).service,
    queues.service,
    sns({ ...cloud, functions }, queues).service,
    cloudformation(() => [stack]),
    lambda(
      functions,
      () => [deployed],
      () => 'log',
    ),
  );
});

afterAll(async () => {
  await door.close();
  await tables.stop();
  directory.remove();
});

const call = (...parameters: string[]) => aws(door.endpoint, ...parameters);

test.skipIf(awsCliMissing)('STS, CloudFormation and Lambda answer the aws CLI', async () => {
  const file = join(directory.path, 'out.json');
  const [identity, role, stacks, invoked] = await Promise.all([
    call('sts', 'get-caller-identity'),
    call('sts', 'assume-role', '--role-arn', 'arn:aws:iam::222222222222:role/r', '--role-session-name', 'me'),
    call('cloudformation', 'describe-stacks', '--stack-name', 'the-stack'),
    call('lambda', 'invoke', '--function-name', 'echo', '--payload', '{"a":1}', '--log-type', 'Tail', file),
  ]);
  expect(identity).toMatchObject({ Account: homeAccountId, Arn: 'arn:aws:iam::000000000000:root' });
  expect(role).toMatchObject({ AssumedRoleUser: { Arn: 'arn:aws:sts::222222222222:assumed-role/r/me' } });
  expect(stacks).toMatchObject({
    Stacks: [{ StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'TableName', OutputValue: 'builds' }] }],
  });
  expect(invoked).toMatchObject({
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
    LogResult: Buffer.from('log').toString('base64'),
  });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ echo: { a: 1 }, name: arn });
});

test.skipIf(awsCliMissing)('DynamoDB answers the aws CLI', async () => {
  const table = ['--table-name', 'builds'];
  await call(
    ...['dynamodb', 'create-table', ...table, '--billing-mode', 'PAY_PER_REQUEST'],
    ...['--attribute-definitions', 'AttributeName=pk,AttributeType=S', '--key-schema', 'AttributeName=pk,KeyType=HASH'],
  );
  await call('dynamodb', 'put-item', ...table, '--item', '{"pk":{"S":"a"},"n":{"N":"1"}}');
  const [scan, described] = await Promise.all([
    call('dynamodb', 'scan', ...table),
    call('dynamodb', 'describe-table', ...table),
  ]);
  expect(scan).toMatchObject({ Count: 1, Items: [{ pk: { S: 'a' }, n: { N: '1' } }] });
  expect(described).toMatchObject({
    Table: { TableStatus: 'ACTIVE', TableArn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/builds' },
  });
});

test.skipIf(awsCliMissing)('an event, and a message, come out of queues that the aws CLI made', async () => {
  const { QueueUrl } = await call('sqs', 'create-queue', '--queue-name', 'q');
  expect(QueueUrl).toBe(`${door.endpoint}/000000000000/q`);
  const queueArn = 'arn:aws:sqs:eu-central-1:000000000000:q';
  const [topic] = await Promise.all([
    call('sns', 'create-topic', '--name', 't'),
    call('events', 'put-rule', '--name', 'r', '--event-pattern', '{"source":["mine"]}'),
  ]);
  await Promise.all([
    call('events', 'put-targets', '--rule', 'r', '--targets', `Id=q,Arn=${queueArn},InputPath=$.detail`),
    call(
      'sns',
      'subscribe',
      '--topic-arn',
      String(topic.TopicArn),
      '--protocol',
      'sqs',
      '--notification-endpoint',
      queueArn,
    ),
  ]);
  const entry = [{ Source: 'mine', DetailType: 'd', Detail: '{"x":1}' }];
  const put = await call('events', 'put-events', '--entries', JSON.stringify(entry));
  expect(put).toMatchObject({ FailedEntryCount: 0 });
  const { MessageId } = await call('sns', 'publish', '--topic-arn', String(topic.TopicArn), '--message', 'hello');
  const received = await call(
    'sqs',
    'receive-message',
    '--queue-url',
    String(QueueUrl),
    '--max-number-of-messages',
    '10',
  );
  const bodies = (received.Messages as { Body: string }[]).map((message) => JSON.parse(message.Body));
  expect(bodies).toMatchObject([{ x: 1 }, { Type: 'Notification', MessageId, Message: 'hello' }]);
});

test.skipIf(awsCliMissing)(
  'logs written by the aws CLI are read by it; what is not there is told as AWS tells it',
  async () => {
    const where = ['--log-group-name', '/g', '--log-stream-name', 's'];
    await call('logs', 'create-log-group', '--log-group-name', '/g');
    await call('logs', 'create-log-stream', ...where);
    await call('logs', 'put-log-events', ...where, '--log-events', 'timestamp=1,message=hello');
    const [read, missing, unsupported, noService] = await Promise.allSettled([
      call('logs', 'get-log-events', ...where),
      call('logs', 'get-log-events', '--log-group-name', '/none', '--log-stream-name', 's'),
      call('sns', 'list-phone-numbers-opted-out'),
      call('kms', 'list-keys'),
    ]);
    expect(read).toMatchObject({ value: { events: [{ timestamp: 1, message: 'hello' }] } });
    expect(missing).toMatchObject({
      reason: {
        stderr: expect.stringContaining(
          '(ResourceNotFoundException) when calling the GetLogEvents operation: The specified log group does not exist: /none',
        ),
      },
    });
    expect(unsupported).toMatchObject({
      reason: {
        stderr: expect.stringContaining('(InvalidAction) when calling the ListPhoneNumbersOptedOut operation'),
      },
    });
    expect(noService).toMatchObject({
      reason: { stderr: expect.stringContaining("The local cloud has no service 'kms'; it has") },
    });
  },
);
