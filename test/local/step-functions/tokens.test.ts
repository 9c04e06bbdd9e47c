import { expect, test } from 'vitest';
import type { Json } from '../../../local/step-functions/definition.ts';
import { machine, named, play, start, trace, waiting } from './play.ts';

const poll = {
  ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'],
  IntervalSeconds: 1,
  BackoffRate: 1,
  MaxAttempts: 99_999,
};
const done = { Type: 'Pass', End: true };

test('the answer to the token is the result, not what the function returned', async () => {
  const { output, events } = await play(machine({ W: waiting('f') }), {}, ({ token, play: { clock, tokens } }) => {
    void clock.sleep(60_000).then(() => tokens.succeed(token ?? '', { imageId: 'ami-1' }));
    return 'discarded';
  });
  expect(output).toEqual({ imageId: 'ami-1' });
  expect(trace(events)).toEqual([
    'ExecutionStarted',
    'TaskStateEntered W',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited W',
    'ExecutionSucceeded',
  ]);
});

test('an answer may come before the function returns', async () => {
  const { output } = await play(machine({ W: waiting('f') }), {}, async ({ token, play: { tokens } }) => {
    tokens.succeed(token ?? '', 'first look');
    await new Promise((resolve) => setImmediate(resolve));
    throw named('TooLate');
  });
  expect(output).toBe('first look');
});

test('a function that fails before any answer fails the task', async () => {
  expect(await play(machine({ W: waiting('f') }), {}, () => Promise.reject(named('NotReadyError')))).toMatchObject({
    error: 'NotReadyError',
  });
});

test('SendTaskFailure is the failure of the task, also without error and cause', async () => {
  const caught = machine({
    W: waiting('f', { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'C' }], Next: 'C' }),
    C: done,
  });
  const fail = (...why: string[]) =>
    play(caught, {}, ({ token, play: { tokens } }) => tokens.fail(token ?? '', ...why));
  expect((await fail('CapacityError', 'no room')).output).toEqual({
    error: { Error: 'CapacityError', Cause: 'no room' },
  });
  expect((await fail()).output).toEqual({ error: { Error: null, Cause: null } });
});

test('a missed heartbeat is polled again by the first retrier with another token, and costs four events', async () => {
  const tokens: string[] = [];
  const at: number[] = [];
  const { output, events } = await play(
    machine({ W: waiting('f', { HeartbeatSeconds: 300, TimeoutSeconds: 3600, Retry: [poll] }) }),
    {},
    (call) => {
      tokens.push(call.token ?? '');
      at.push(call.at);
      if (tokens.length === 3) call.play.tokens.succeed(call.token ?? '', 'seen');
    },
  );
  expect(output).toBe('seen');
  expect(at).toEqual([0, 301, 602]);
  expect(new Set(tokens).size).toBe(3);
  const once = ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskTimedOut'];
  expect(trace(events).slice(2, 10)).toEqual([...once, ...once]);
});

test('a missed heartbeat is reported as States.Timeout and matched by either name', async () => {
  const ended = (Retry: object[], Catch?: object[]) =>
    play(
      machine({
        W: waiting('f', { HeartbeatSeconds: 10, Retry, ...(Catch ? { Catch, Next: 'C' } : {}) }),
        ...(Catch ? { C: done } : {}),
      }),
    );
  for (const ErrorEquals of [['States.HeartbeatTimeout'], ['States.Timeout']]) {
    const { error, calls } = await ended([{ ErrorEquals, MaxAttempts: 2 }]);
    expect(error).toBe('States.Timeout');
    expect(calls.length).toBe(3);
  }
  expect((await ended([{ ErrorEquals: ['States.TaskFailed'] }])).calls.length).toBe(1);
  expect((await ended([], [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'C' }])).output).toEqual({
    Error: 'States.Timeout',
  });
});

test('heartbeats keep the task, but not beyond its time-out', async () => {
  const { events, error } = await play(
    machine({ W: waiting('f', { HeartbeatSeconds: 10, TimeoutSeconds: 60 }) }),
    {},
    ({ token, play: { clock, tokens } }) => {
      const begun = clock.now();
      const beat = async (): Promise<void> => {
        await clock.sleep(8000);
        if (clock.now() - begun < 59_000) {
          tokens.beat(token ?? '');
          await beat();
        }
      };
      void beat();
    },
  );
  expect(error).toBe('States.Timeout');
  const [first, last] = [events[0], events.at(-1)].map((event) => event?.timestamp ?? 0);
  expect((last ?? 0) - (first ?? 0)).toBe(60);
});

test('a token is good for one answer, while its attempt waits', async () => {
  const tokens: string[] = [];
  const playing = start(
    machine({ W: waiting('f', { HeartbeatSeconds: 10, Retry: [poll] }) }),
    {},
    ({ token, play }) => {
      tokens.push(token ?? '');
      if (tokens.length === 2) {
        expect(() => play.tokens.succeed(tokens[0] ?? '', 'late')).toThrow(
          "Task Timed Out: 'Provided task does not exist anymore'",
        );
        play.tokens.succeed(token ?? '', 'in time');
        expect(() => play.tokens.fail(token ?? '', 'twice')).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
      }
    },
  );
  expect(await playing.ended).toMatchObject({ output: 'in time' });
  expect(() => playing.tokens.beat(tokens[1] ?? '')).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  expect(() => playing.tokens.succeed('something else', 1)).toThrow(
    expect.objectContaining({ code: 'InvalidToken', message: "Invalid Token: 'Invalid token'" }),
  );
});

test('stopping ends everything at once: no retrier, no catcher, no further call, and the tokens are closed', async () => {
  let token = '';
  const playing = start(
    machine({
      W: waiting('f', {
        HeartbeatSeconds: 10,
        Retry: [poll],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
        Next: 'C',
      }),
      C: done,
    }),
    {},
    (call) => {
      token = call.token ?? '';
      if (call.retryCount === 2) playing.stop('Cancelled', 'by hand');
    },
  );
  expect(await playing.ended).toEqual({ status: 'ABORTED', error: 'Cancelled', cause: 'by hand' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(playing.calls.length).toBe(3);
  expect(playing.clock.sleepers()).toBe(0);
  expect(() => playing.tokens.succeed(token, 1)).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
  expect(playing.history.events.at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    previousEventId: 0,
    executionAbortedEventDetails: { error: 'Cancelled', cause: 'by hand' },
  });
});

test('stopping in a back-off of ninety-nine thousand attempts makes no call more', async () => {
  const retry = [{ ErrorEquals: ['Again'], IntervalSeconds: 60, BackoffRate: 1, MaxAttempts: 99_999 }];
  const playing = start(machine({ W: waiting('f', { Retry: retry }) }), {}, ({ retryCount, play }) => {
    if (retryCount === 1) void play.clock.sleep(30_000).then(() => play.stop());
    return Promise.reject(named('Again'));
  });
  expect(await playing.ended).toEqual({ status: 'ABORTED' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(playing.calls.length).toBe(2);
});

test('a token is as long as AWS’s may be', async () => {
  let length = 0;
  await play(machine({ W: waiting('f') }), {}, ({ token = '', play: { tokens } }) => {
    length = token.length;
    tokens.succeed(token, null as Json);
  });
  expect(length).toBeGreaterThan(500);
  expect(length).toBeLessThanOrEqual(1024);
});
