import { afterEach, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { type Answer, openService, succeed } from './open-service.ts';
import { machine, task, waiting } from './play.ts';

let opened: ReturnType<typeof openService>[] = [];
const open = (...settings: Parameters<typeof openService>) => {
  const service = openService(...settings);
  opened.push(service);
  return service;
};
afterEach(async () => {
  await Promise.all(opened.map(({ close }) => close()));
  opened = [];
});

const arn = 'arn:aws:states:eu-west-1:000000000000:stateMachine:build';
const greet = machine({ G: task('greet', { ResultSelector: { 'said.$': '$.Payload' } }) });
const forever = machine({ W: { Type: 'Wait', Seconds: 99_999_999, End: true } });

test('an execution runs to its end and is described with what it got and gave', async () => {
  const { create, call, ended } = open((name, event) => succeed(`${name} ${(event as { to: string }).to}`));
  expect(create(greet)).toBe(arn);
  const { executionArn, startDate } = await call('StartExecution', {
    stateMachineArn: arn,
    name: 'one',
    input: '{"to": "you"}',
  });
  expect(executionArn).toBe('arn:aws:states:eu-west-1:000000000000:execution:build:one');
  expect(await ended(executionArn)).toEqual({
    executionArn,
    stateMachineArn: arn,
    name: 'one',
    status: 'SUCCEEDED',
    startDate,
    stopDate: expect.any(Number),
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    input: '{"to": "you"}',
    inputDetails: { included: true },
    output: '{"said":"greet you"}',
    outputDetails: { included: true },
  });
});

test('the bus is told of the start and the end, in AWS’s shape', async () => {
  const { create, call, ended, events } = open(() => ({
    payload: '{"errorType":"X","errorMessage":"m"}',
    functionError: 'Unhandled',
    executedVersion: '1',
  }));
  create(greet);
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn, name: 'one' });
  await ended(executionArn);
  expect(events.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'FAILED']);
  expect(events[1]).toEqual({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    account: '000000000000',
    region: 'eu-west-1',
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn: arn,
      name: 'one',
      status: 'FAILED',
      startDate: expect.any(Number),
      stopDate: expect.any(Number),
      input: '{}',
      output: null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'REDRIVABLE',
      redriveStatusReason: null,
      inputDetails: { included: true },
      outputDetails: null,
      error: 'X',
      cause: '{"errorType":"X","errorMessage":"m"}',
    },
  });
});

test('the same name and input is the same execution while it runs, anything else exists already', async () => {
  const { create, call } = open();
  create(forever);
  const start = (input: string) => call('StartExecution', { stateMachineArn: arn, name: 'one', input });
  const first = await start('{"a":1}');
  expect(await start('{"a":1}')).toEqual(first);
  await expect(start('{"a":2}')).rejects.toMatchObject({
    code: 'ExecutionAlreadyExists',
    message: `Execution Already Exists: '${first.executionArn}'`,
  });
  await call('StopExecution', { executionArn: first.executionArn });
  await expect(start('{"a":1}')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
});

test('stopping an execution is at once, with error and cause, and again changes nothing', async () => {
  const { create, call, events } = open();
  create(forever);
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn });
  const { stopDate } = await call('StopExecution', { executionArn, error: 'CancelledError', cause: 'by hand' });
  expect(await call('DescribeExecution', { executionArn })).toMatchObject({
    status: 'ABORTED',
    error: 'CancelledError',
    cause: 'by hand',
    stopDate,
  });
  expect(await call('StopExecution', { executionArn, error: 'Other' })).toEqual({ stopDate });
  expect(events.at(-1)?.detail).toMatchObject({ status: 'ABORTED', error: 'CancelledError' });
});

test('the history comes in pages, either way round, with or without data', async () => {
  const { create, call, ended } = open();
  create(greet);
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn });
  await ended(executionArn);
  const whole = await call('GetExecutionHistory', { executionArn });
  expect(whole.nextToken).toBeUndefined();
  const types = whole.events.map(({ type }: { type: string }) => type);
  expect(types).toEqual([
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
  expect(whole.events[0]).toMatchObject({
    id: 1,
    previousEventId: 0,
    executionStartedEventDetails: { input: '{}', roleArn: 'arn:aws:iam::000000000000:role/build' },
  });
  const pages: string[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await call('GetExecutionHistory', { executionArn, maxResults: 3, reverseOrder: true, nextToken });
    pages.push(page.events.map(({ type }: { type: string }) => type));
    nextToken = page.nextToken;
  } while (nextToken);
  expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
  expect(pages.flat()).toEqual([...types].reverse());
  const bare = await call('GetExecutionHistory', { executionArn, includeExecutionData: false });
  expect(bare.events[2].taskScheduledEventDetails).toEqual({
    resourceType: 'lambda',
    resource: 'invoke',
    region: 'eu-west-1',
  });
  await expect(call('GetExecutionHistory', { executionArn, nextToken: 'x' })).rejects.toMatchObject({
    code: 'InvalidToken',
  });
});

test('executions are listed newest first, in pages, by status', async () => {
  const { create, call, ended } = open();
  create(greet);
  for (const name of ['a', 'b', 'c'])
    await ended((await call('StartExecution', { stateMachineArn: arn, name })).executionArn);
  const names = async (input: object) => {
    const { executions, nextToken } = await call('ListExecutions', { stateMachineArn: arn, ...input });
    return [executions.map(({ name }: { name: string }) => name), nextToken];
  };
  expect(await names({})).toEqual([['c', 'b', 'a'], undefined]);
  const [first, nextToken] = await names({ maxResults: 2 });
  expect(first).toEqual(['c', 'b']);
  expect(await names({ maxResults: 2, nextToken })).toEqual([['a'], undefined]);
  expect(await names({ statusFilter: 'FAILED' })).toEqual([[], undefined]);
});

test('a task is completed by its token, by callers of the same account only', async () => {
  const tokens: string[] = [];
  const { create, call, ended } = open((_name, event) => {
    tokens.push((event as { token: string }).token);
    return succeed(null);
  });
  create(machine({ W: waiting('f') }));
  const waitingOne = async () => {
    const { executionArn } = await call('StartExecution', { stateMachineArn: arn });
    const token = await until(() => tokens.shift());
    return { executionArn, token };
  };
  const one = await waitingOne();
  const foreign = call('SendTaskSuccess', { taskToken: one.token, output: '1' }, '111111111111');
  await expect(foreign).rejects.toMatchObject({ code: 'InvalidToken', message: "Invalid Token: 'Invalid token'" });
  await expect(call('SendTaskSuccess', { taskToken: one.token, output: '{' })).rejects.toMatchObject({
    code: 'InvalidOutput',
  });
  expect(await call('SendTaskHeartbeat', { taskToken: one.token })).toEqual({});
  expect(await call('SendTaskSuccess', { taskToken: one.token, output: '{"ok":true}' })).toEqual({});
  expect(await ended(one.executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
  await expect(call('SendTaskSuccess', { taskToken: one.token, output: '1' })).rejects.toMatchObject({
    code: 'TaskTimedOut',
    message: "Task Timed Out: 'Provided task does not exist anymore'",
  });
  const two = await waitingOne();
  await call('SendTaskFailure', { taskToken: two.token, error: 'E', cause: 'C' });
  expect(await ended(two.executionArn)).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' });
  await expect(call('SendTaskFailure', { taskToken: 'nonsense' })).rejects.toMatchObject({ code: 'InvalidToken' });
  await expect(call('SendTaskHeartbeat', {})).rejects.toMatchObject({
    code: 'ValidationException',
    message: expect.stringContaining("'taskToken'"),
  });
});

async function until<Value>(look: () => Value | undefined): Promise<Value> {
  for (let tries = 0; tries < 500; tries += 1) {
    const value = look();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not come true');
}

test('what a killed cloud left running is ended as ABORTED with its history and its event', async () => {
  const killed = openService(undefined, testClock());
  killed.create(forever);
  const { executionArn } = await killed.call('StartExecution', {
    stateMachineArn: arn,
    name: 'left',
    input: '{"image":"i"}',
  });
  const after = open(undefined, undefined, killed.stateDirectory);
  after.create(forever);
  expect(await after.call('DescribeExecution', { executionArn })).toMatchObject({ status: 'RUNNING' });
  after.recover();
  after.recover();
  expect(await after.call('DescribeExecution', { executionArn })).toMatchObject({
    status: 'ABORTED',
    error: 'LocalCloud.Stopped',
    cause: 'The local cloud was killed while this execution was running',
    input: '{"image":"i"}',
  });
  expect(after.events.map(({ detail }) => [detail.name, detail.status])).toEqual([['left', 'ABORTED']]);
  const { events } = await after.call('GetExecutionHistory', { executionArn });
  expect(events.map(({ id, type }: { id: number; type: string }) => `${id} ${type}`)).toEqual([
    '1 ExecutionStarted',
    '2 WaitStateEntered',
    '3 ExecutionAborted',
  ]);
});

test('an orderly stop ends running executions with their events and starts no more', async () => {
  const { create, call, stop, events } = open();
  create(forever);
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn });
  await stop();
  expect(await call('DescribeExecution', { executionArn })).toMatchObject({
    status: 'ABORTED',
    error: 'LocalCloud.Stopped',
  });
  expect(events.at(-1)?.detail).toMatchObject({ executionArn, status: 'ABORTED' });
  await expect(call('StartExecution', { stateMachineArn: arn })).rejects.toMatchObject({
    code: 'ServiceUnavailable',
    statusCode: 503,
  });
});

test('ended executions are still known after a restart', async () => {
  const first = openService();
  first.create(greet);
  const { executionArn } = await first.call('StartExecution', { stateMachineArn: arn });
  const before = await first.ended(executionArn);
  const history = await first.call('GetExecutionHistory', { executionArn });
  const second = open(undefined, undefined, first.stateDirectory);
  second.recover();
  expect(second.events).toEqual([]);
  expect(await second.call('DescribeExecution', { executionArn })).toEqual(before);
  expect(await second.call('GetExecutionHistory', { executionArn })).toEqual(history);
});

test.each<[string, object, string, string]>([
  ['StartExecution', { stateMachineArn: 'nonsense' }, 'InvalidArn', "Invalid Arn: 'Invalid ARN prefix: nonsense'"],
  [
    'StartExecution',
    { stateMachineArn: `${arn}x` },
    'StateMachineDoesNotExist',
    `State Machine Does Not Exist: '${arn}x'`,
  ],
  [
    'StartExecution',
    { stateMachineArn: arn, input: 'not json' },
    'InvalidExecutionInput',
    'Invalid State Machine Execution Input',
  ],
  [
    'StartExecution',
    { stateMachineArn: arn, input: JSON.stringify('x'.repeat(262_144)) },
    'InvalidExecutionInput',
    'more than 262144 bytes',
  ],
  ['StartExecution', { stateMachineArn: arn, name: 'a b' }, 'InvalidName', "Invalid Name: 'a b'"],
  ['StartExecution', { stateMachineArn: arn, name: 'x'.repeat(81) }, 'InvalidName', 'Invalid Name'],
  ['StartExecution', {}, 'ValidationException', "'stateMachineArn'"],
  ['DescribeExecution', { executionArn: arn }, 'InvalidArn', 'Resource type not valid'],
  [
    'DescribeExecution',
    { executionArn: `${arn.replace('stateMachine', 'execution')}:no` },
    'ExecutionDoesNotExist',
    'Execution Does Not Exist',
  ],
  [
    'DescribeStateMachine',
    { stateMachineArn: 'not_a_valid_arn' },
    'InvalidArn',
    "Invalid Arn: 'Invalid ARN prefix: not_a_valid_arn'",
  ],
  [
    'CreateStateMachine',
    { name: 'n', roleArn: 'r', definition: '{}' },
    'InvalidDefinition',
    'Invalid State Machine Definition',
  ],
  [
    'CreateStateMachine',
    { name: 'n', roleArn: 'r', definition: '{}', type: 'EXPRESS' },
    'ValidationException',
    'EXPRESS state machines are not supported',
  ],
])('%s of %j is %s', async (operation, input, code, message) => {
  const { create, call } = open();
  create(greet);
  await expect(call(operation, input)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

test('machines can be created, described and listed; the same again is the same, another of the name is refused', async () => {
  const { call } = open();
  const input = { name: 'mine', roleArn: 'r', definition: JSON.stringify(greet) };
  const made = await call('CreateStateMachine', input);
  expect(made.stateMachineArn).toBe('arn:aws:states:eu-west-1:000000000000:stateMachine:mine');
  expect(await call('CreateStateMachine', input)).toEqual(made);
  await expect(call('CreateStateMachine', { ...input, definition: JSON.stringify(forever) })).rejects.toMatchObject({
    code: 'StateMachineAlreadyExists',
  });
  const described = await call('DescribeStateMachine', { stateMachineArn: made.stateMachineArn });
  expect(described).toMatchObject({ name: 'mine', status: 'ACTIVE', type: 'STANDARD', roleArn: 'r' });
  expect(JSON.parse(described.definition)).toEqual(greet);
  const { stateMachines } = await call('ListStateMachines');
  expect(stateMachines).toEqual([{ ...made, name: 'mine', type: 'STANDARD' }]);
  expect((await call('ListStateMachines', {}, '111111111111')).stateMachines).toEqual([]);
  const { executionArn } = await call('StartExecution', { stateMachineArn: made.stateMachineArn });
  expect(await call('DescribeStateMachineForExecution', { executionArn })).toMatchObject({
    name: 'mine',
    definition: described.definition,
  });
});

test('an answer that is no fault of the function’s making is Lambda.Unknown', async () => {
  const broken: Answer = () => ({ payload: '"odd"', functionError: 'Unhandled', executedVersion: '1' });
  const { create, call, ended } = open(broken);
  create(greet);
  const { executionArn } = await call('StartExecution', { stateMachineArn: arn });
  expect(await ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Lambda.Unknown', cause: '"odd"' });
});
