import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { type LocalLogs, logs } from '../../../local/logs/service.ts';
import { type Door, homeAccountId, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
const scope = { accountId: homeAccountId, region: 'eu-central-1' };
const group = '/image-builder/hello-web';
const stream = 'c-1/i-1/aws-runShellScript/stdout';
let local: LocalLogs;
let door: Door;
let client: CloudWatchLogsClient;

beforeAll(async () => {
  local = logs({ clock, stateDirectory: directory.path });
  door = await openDoor([local.service], directory.path);
  client = new CloudWatchLogsClient(door.client());
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

test('a reader follows a stream from its head by tokens, and sees each event once', async () => {
  const target = { logGroupName: group, logStreamName: stream, startFromHead: true };
  local.append(scope, group, stream, ['one', 'two', 'three']);
  const first = await client.send(new GetLogEventsCommand({ ...target, limit: 2 }));
  expect(first.events).toEqual(
    ['one', 'two'].map((message) => ({ message, timestamp: clock.now(), ingestionTime: clock.now() })),
  );
  const second = await client.send(new GetLogEventsCommand({ ...target, nextToken: first.nextForwardToken }));
  expect(second.events?.map((event) => event.message)).toEqual(['three']);
  const third = await client.send(new GetLogEventsCommand({ ...target, nextToken: second.nextForwardToken }));
  expect(third).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
  local.append(scope, group, stream, ['four']);
  const fourth = await client.send(new GetLogEventsCommand({ ...target, nextToken: third.nextForwardToken }));
  expect(fourth.events?.map((event) => event.message)).toEqual(['four']);
  const tail = await client.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, limit: 2 }));
  expect(tail.events?.map((event) => event.message)).toEqual(['three', 'four']);
  const before = await client.send(new GetLogEventsCommand({ ...target, nextToken: tail.nextBackwardToken }));
  expect(before.events?.map((event) => event.message)).toEqual(['one', 'two']);
});

test('clients write, filter and describe', async () => {
  const logGroupName = '/own/group';
  await client.send(new CreateLogGroupCommand({ logGroupName }));
  await client.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: 30 }));
  for (const [index, logStreamName] of ['a', 'b', '../../escape'].entries()) {
    await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }));
    const logEvents = [`ERROR exit code ${index}`, `fine ${index}`].map((message, line) => ({
      message,
      timestamp: 1000 * line + index,
    }));
    await client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  }
  const found = async (more: object) => {
    const { events } = await client.send(new FilterLogEventsCommand({ logGroupName, ...more }));
    return events?.map((event) => `${event.logStreamName}: ${event.message}`);
  };
  expect(await found({ filterPattern: 'ERROR "code 1"' })).toEqual(['b: ERROR exit code 1']);
  expect(await found({ filterPattern: '-ERROR', logStreamNames: ['a', 'b'] })).toEqual(['a: fine 0', 'b: fine 1']);
  expect(await found({ startTime: 1001, logStreamNamePrefix: 'b' })).toEqual(['b: fine 1']);
  const page = await client.send(new FilterLogEventsCommand({ logGroupName, limit: 5 }));
  expect(await found({ nextToken: page.nextToken })).toEqual(['../../escape: fine 2']);
  await expect(found({ filterPattern: '{ $.a = 1 }' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/own' }));
  expect(logGroups).toMatchObject([
    {
      logGroupName,
      retentionInDays: 30,
      logGroupArn: `arn:aws:logs:eu-central-1:000000000000:log-group:${logGroupName}`,
    },
  ]);
  const { logStreams } = await client.send(
    new DescribeLogStreamsCommand({ logGroupName, orderBy: 'LastEventTime', descending: true }),
  );
  expect(logStreams?.map((entry) => [entry.logStreamName, entry.lastEventTimestamp])).toEqual([
    ['../../escape', 1002],
    ['b', 1001],
    ['a', 1000],
  ]);
  const home = join(directory.path, 'logs', homeAccountId, 'eu-central-1', '%2Fown%2Fgroup');
  expect(readdirSync(home).sort()).toEqual(['%2E%2E%2F%2E%2E%2Fescape.jsonl', 'a.jsonl', 'b.jsonl', 'group.json']);
});

test('groups and events outlive the process, but for the line that was cut short', async () => {
  local.ensureGroup(scope, '/aws/lambda/f', 14);
  local.append(scope, '/aws/lambda/f', 's', ['whole']);
  const file = join(directory.path, 'logs', homeAccountId, 'eu-central-1', '%2Faws%2Flambda%2Ff', 's.jsonl');
  appendFileSync(file, '\n{"timestamp":1,"mess');
  const again = logs({ clock, stateDirectory: directory.path });
  again.append(scope, '/aws/lambda/f', 's', ['after']);
  const reader = logs({ clock, stateDirectory: directory.path });
  const input = { logGroupName: '/aws/lambda/f', logStreamName: 's' };
  const caller = { ...scope, accessKeyId: 'test', principalArn: 'root' };
  expect(await reader.service.operations.GetLogEvents?.(input, caller)).toMatchObject({
    events: [{ message: 'whole' }, { message: 'after' }],
  });
  expect(await reader.service.operations.DescribeLogGroups?.({}, caller)).toMatchObject({
    logGroups: [
      { logGroupName: '/aws/lambda/f', retentionInDays: 14 },
      { logGroupName: group },
      { logGroupName: '/own/group' },
    ],
  });
});

test('groups belong to their region, and what is missing or there twice is named', async () => {
  const elsewhere = new CloudWatchLogsClient(door.client({ region: 'us-east-1' }));
  expect((await elsewhere.send(new DescribeLogGroupsCommand({}))).logGroups).toEqual([]);
  const missing = new GetLogEventsCommand({ logGroupName: group, logStreamName: 'none' });
  await expect(client.send(missing)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist: none',
  });
  await expect(elsewhere.send(missing)).rejects.toThrow(`The specified log group does not exist: ${group}`);
  await expect(client.send(new CreateLogGroupCommand({ logGroupName: group }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  });
  await client.send(new DeleteLogGroupCommand({ logGroupName: group }));
  await expect(client.send(missing)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
