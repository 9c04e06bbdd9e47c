import { expect, test } from 'vitest';
import { AwsError } from '../../../local/service.ts';
import { machine, named, play, task, waiting } from './play.ts';

const handled = (
  more: object,
  caught: object[] = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'C' }],
) => machine({ T: task('f', { Catch: caught, Next: 'C', ...more }), C: { Type: 'Pass', End: true } });

test('an error of a function keeps its name, and its cause is the function’s answer', async () => {
  const { status, error, cause } = await play(machine({ T: task('f') }), {}, () => {
    throw named('NotReadyError', 'not yet');
  });
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'NotReadyError' });
  expect(JSON.parse(cause ?? '')).toMatchObject({ errorType: 'NotReadyError', errorMessage: 'not yet' });
});

test('a fault of the Lambda service is named after it', async () => {
  const { error, cause } = await play(machine({ T: task('f') }), {}, () => {
    throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
  });
  expect(error).toBe('Lambda.TooManyRequestsException');
  expect(cause).toMatch(/^Rate Exceeded\. \(Service: Lambda, Status Code: 429, Request ID: [0-9a-f-]{36}\)$/);
});

test('a retrier waits its interval times its rate, up to its maximum, and gives up after its attempts', async () => {
  const at: number[] = [];
  const retry = [{ ErrorEquals: ['Slow'], IntervalSeconds: 10, BackoffRate: 3, MaxAttempts: 4, MaxDelaySeconds: 60 }];
  const { error, calls } = await play(machine({ T: task('f', { Retry: retry }) }), {}, (call) => {
    at.push(call.at);
    throw named('Slow');
  });
  expect(error).toBe('Slow');
  expect(calls.length).toBe(5);
  expect(at).toEqual([0, 10, 40, 100, 160]);
});

test('three attempts, one second and twice as long each time are the defaults', async () => {
  const at: number[] = [];
  await play(machine({ T: task('f', { Retry: [{ ErrorEquals: ['X'] }] }) }), {}, (call) => {
    at.push(call.at);
    throw named('X');
  });
  expect(at).toEqual([0, 1, 3, 7]);
});

test('full jitter is a part of the delay', async () => {
  const at: number[] = [];
  const retry = [{ ErrorEquals: ['X'], IntervalSeconds: 8, BackoffRate: 1, MaxAttempts: 2, JitterStrategy: 'FULL' }];
  await play(machine({ T: task('f', { Retry: retry }) }), {}, (call) => {
    at.push(call.at);
    throw named('X');
  });
  expect(at).toEqual([0, 4, 8]);
});

test('each retrier counts for itself, the first that matches decides, and one that is used up hands on to nobody', async () => {
  const retry = [
    { ErrorEquals: ['A'], MaxAttempts: 1 },
    { ErrorEquals: ['A', 'B'], MaxAttempts: 2 },
  ];
  const names = ['A', 'B', 'B', 'A'];
  const { error, calls } = await play(machine({ T: task('f', { Retry: retry }) }), {}, () => {
    throw named(names.shift() ?? 'none');
  });
  expect(error).toBe('A');
  expect(calls.length).toBe(4);
});

test('MaxAttempts 0 is never', async () => {
  const retry = [{ ErrorEquals: ['A'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
  const { calls } = await play(machine({ T: task('f', { Retry: retry }) }), {}, () => {
    throw named('A');
  });
  expect(calls.length).toBe(1);
});

test.each([
  ['its name', ['Mine'], 'Mine', true],
  ['another name', ['Other'], 'Mine', false],
  ['States.TaskFailed', ['States.TaskFailed'], 'Mine', true],
  ['States.ALL', ['States.ALL'], 'Mine', true],
])('a catcher of %s', async (_what, ErrorEquals, name, catches) => {
  const { status, output } = await play(
    handled({}, [{ ErrorEquals, ResultPath: '$.error', Next: 'C' }]),
    { a: 1 },
    () => {
      throw named(name);
    },
  );
  expect(status).toBe(catches ? 'SUCCEEDED' : 'FAILED');
  if (catches) expect(output).toMatchObject({ a: 1, error: { Error: 'Mine' } });
});

test('States.ALL does not catch States.Runtime', async () => {
  expect(await play(handled({ OutputPath: '$.no' }))).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});

test('a task’s time-out is States.Timeout, with an empty Cause for its catcher, and no failure of the task', async () => {
  const slow = { TimeoutSeconds: 5 };
  const never = () => new Promise(() => {});
  expect((await play(handled(slow), {}, never)).output).toEqual({ error: { Error: 'States.Timeout', Cause: '' } });
  const other = [{ ErrorEquals: ['States.TaskFailed'], Next: 'C' }];
  expect(await play(handled(slow, other), {}, never)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
});

test('the time-out counts anew for each attempt', async () => {
  const at: number[] = [];
  const retry = [{ ErrorEquals: ['States.Timeout'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 2 }];
  await play(machine({ T: task('f', { TimeoutSeconds: 10, Retry: retry }) }), {}, (call) => {
    at.push(call.at);
    return new Promise(() => {});
  });
  expect(at).toEqual([0, 11, 22]);
});

test('a time-out as long as AWS allows does not end a task at once', async () => {
  const { output } = await play(
    machine({ T: task('f', { TimeoutSeconds: 99_999_999, ResultSelector: { 'p.$': '$.Payload' } }) }),
    {},
    async ({ play }) => {
      await play.clock.sleep(86_400_000);
      return 'after a day';
    },
  );
  expect(output).toEqual({ p: 'after a day' });
});

test('time-outs and heartbeats may come from the input', async () => {
  const at: number[] = [];
  const wait = waiting('f', {
    TimeoutSecondsPath: '$.t',
    HeartbeatSecondsPath: '$.h',
    Retry: [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }],
  });
  await play(machine({ W: wait }), { t: 100, h: 30 }, (call) => {
    at.push(call.at);
  });
  expect(at).toEqual([0, 31]);
});

test('a Fail state ends the execution with what it says, or with what paths and intrinsics find', async () => {
  expect(await play(machine({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } }))).toMatchObject({
    status: 'FAILED',
    error: 'E',
    cause: 'C',
  });
  const found = { F: { Type: 'Fail', ErrorPath: '$.e', CausePath: "States.Format('because of {}', $.c)" } };
  expect(await play(machine(found), { e: 'Why', c: 1 })).toMatchObject({ error: 'Why', cause: 'because of 1' });
  const nothing = await play(machine({ F: { Type: 'Fail' } }));
  expect(nothing.error).toBeUndefined();
  expect(nothing.events.at(-1)).toMatchObject({ type: 'ExecutionFailed', executionFailedEventDetails: {} });
});

test('a CausePath that finds nothing is States.Runtime', async () => {
  expect(
    await play(machine({ F: { Type: 'Fail', Error: 'E', CausePath: '$.error.Cause' } }), { error: {} }),
  ).toMatchObject({
    error: 'States.Runtime',
    cause: expect.stringContaining(
      "The JSONPath '$.error.Cause' specified for the field 'CausePath' could not be found",
    ),
  });
});

const large = () => 'x'.repeat(300 * 1024);

test('a result of more than 256 KiB is States.DataLimitExceeded, which States.ALL was recorded to catch', async () => {
  const { events } = await play(handled({}), {}, large);
  expect(events.find(({ type }) => type === 'TaskFailed')).toMatchObject({
    taskFailedEventDetails: {
      error: 'States.DataLimitExceeded',
      cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    },
  });
  expect((await play(handled({}), {}, large)).output).toMatchObject({ error: { Error: 'States.DataLimitExceeded' } });
});

test('an output of more than 256 KiB ends the execution whatever catches', async () => {
  const half = { half: 'x'.repeat(140 * 1024) };
  const { status, error } = await play(handled({ ResultPath: '$.r' }), half, () => half);
  expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test('the limit is of bytes, not of characters', async () => {
  expect((await play(machine({ T: task('f') }), {}, () => '€'.repeat(100_000))).error).toBe('States.DataLimitExceeded');
  expect((await play(machine({ T: task('f') }), {}, () => 'e'.repeat(100_000))).status).toBe('SUCCEEDED');
});

test('the execution’s own time-out ends it, catchers or not', async () => {
  const definition = { ...handled({}), TimeoutSeconds: 30 };
  const { status, error, events } = await play(definition, {}, () => new Promise(() => {}));
  expect({ status, error }).toEqual({ status: 'TIMED_OUT', error: undefined });
  expect(events.at(-1)?.type).toBe('ExecutionTimedOut');
});

test('the 25,000th event is the failure of the execution', async () => {
  const loop = {
    A: { Type: 'Pass', Next: 'B' },
    B: { Type: 'Choice', Choices: [{ Variable: '$.stop', BooleanEquals: true, Next: 'C' }], Default: 'A' },
    C: { Type: 'Succeed' },
  };
  const { status, cause, events } = await play(machine(loop), { stop: false });
  expect(status).toBe('FAILED');
  expect(cause).toBe('The execution reached the maximum number of history events (25000).');
  expect(events.length).toBe(25_000);
  expect(events.at(-1)).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
});
