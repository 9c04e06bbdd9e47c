// Histories against what was recorded of AWS itself: the LocalStack project's snapshots tests/aws/services/stepfunctions/v2/**/*.snapshot.json,
// named at each test. Only event types, ids and their order are compared; where AWS itself varies by run, ours is one such run.
import { expect, test } from 'vitest';
import { machine, named, play, start, task, trace, waiting } from './play.ts';

const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });

test('a failing task, caught (test_task_service_lambda: test_raise_exception_catch)', async () => {
  const states = {
    Start: task('f', { Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'Handler' }], Next: 'Handler' }),
    Handler: { Type: 'Pass', End: true },
  };
  const { events } = await play(machine(states), {}, () => {
    throw named('Exception');
  });
  expect(trace(events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 TaskStateEntered Start',
    '3<-2 TaskScheduled',
    '4<-3 TaskStarted',
    '5<-4 TaskFailed',
    '6<-5 TaskStateExited Start',
    '7<-6 PassStateEntered Handler',
    '8<-7 PassStateExited Handler',
    '9<-8 ExecutionSucceeded',
  ]);
});

test('retries repeat the task without entering the state again (test_base_scenarios: test_lambda_service_invoke_with_retry_extended_input)', async () => {
  const { events } = await play(
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['E'], MaxAttempts: 1 }] }) }),
    {},
    () => {
      throw named('E');
    },
  );
  expect(trace(events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 TaskStateEntered T',
    '3<-2 TaskScheduled',
    '4<-3 TaskStarted',
    '5<-4 TaskFailed',
    '6<-5 TaskScheduled',
    '7<-6 TaskStarted',
    '8<-7 TaskFailed',
    '9<-8 ExecutionFailed',
  ]);
});

test('a missed heartbeat (test_heartbeats: test_heartbeat_timeout)', async () => {
  const { events } = await play(machine({ S: waiting('f', { HeartbeatSeconds: 5, TimeoutSeconds: 600 }) }));
  expect(trace(events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 TaskStateEntered S',
    '3<-2 TaskScheduled',
    '4<-3 TaskStarted',
    '5<-4 TaskSubmitted',
    '6<-5 TaskTimedOut',
    '7<-6 ExecutionFailed',
  ]);
  expect(events[2]).toMatchObject({
    taskScheduledEventDetails: {
      heartbeatInSeconds: 5,
      timeoutInSeconds: 600,
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
    },
  });
  expect(events[5]?.taskTimedOutEventDetails).toEqual({
    error: 'States.Timeout',
    resource: 'invoke.waitForTaskToken',
    resourceType: 'lambda',
  });
  expect(events[6]?.executionFailedEventDetails).toEqual({ error: 'States.Timeout' });
});

test('a Parallel state whose branch fails, caught (test_base_scenarios: test_parallel_state_catch)', async () => {
  const states = {
    P: {
      Type: 'Parallel',
      Branches: [branch({ Branch1: { Type: 'Fail', Error: 'FailureType' } })],
      Catch: [{ ErrorEquals: ['FailureType'], Next: 'C' }],
      Next: 'C',
    },
    C: { Type: 'Pass', End: true },
  };
  expect(trace((await play(machine(states))).events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 ParallelStateEntered P',
    '3<-2 ParallelStateStarted',
    '4<-3 FailStateEntered Branch1',
    '5<-4 ParallelStateFailed',
    '6<-5 ParallelStateExited P',
    '7<-6 PassStateEntered C',
    '8<-7 PassStateExited C',
    '9<-8 ExecutionSucceeded',
  ]);
});

test('a Parallel state that is retried (test_base_scenarios: test_parallel_state_retry)', async () => {
  const states = {
    P: {
      Type: 'Parallel',
      Branches: [branch({ Branch1: { Type: 'Fail', Error: 'FailureType' } })],
      Retry: [{ ErrorEquals: ['FailureType'], MaxAttempts: 2 }],
      End: true,
    },
  };
  expect(trace((await play(machine(states))).events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 ParallelStateEntered P',
    '3<-2 ParallelStateStarted',
    '4<-3 FailStateEntered Branch1',
    '5<-4 ParallelStateStarted',
    '6<-5 FailStateEntered Branch1',
    '7<-6 ParallelStateStarted',
    '8<-7 FailStateEntered Branch1',
    '9<-8 ParallelStateFailed',
    '10<-9 ExecutionFailed',
  ]);
});

test('a task in a branch that fails for good (test_callback: test_sqs_failure_in_wait_for_task_tok_no_error_field)', async () => {
  const states = {
    P: {
      Type: 'Parallel',
      Branches: [branch({ S: waiting('f') })],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }],
      Next: 'C',
    },
    C: { Type: 'Pass', End: true },
  };
  const { events } = await play(machine(states), {}, ({ token, play: { clock, tokens } }) => {
    void clock.sleep(1000).then(() => tokens.fail(token ?? ''));
  });
  expect(trace(events, true).slice(3, 11)).toEqual([
    '4<-3 TaskStateEntered S',
    '5<-4 TaskScheduled',
    '6<-5 TaskStarted',
    '7<-6 TaskSubmitted',
    '8<-7 TaskFailed',
    '9<-8 TaskStateAborted',
    '10<-8 ParallelStateFailed',
    '11<-10 ParallelStateExited P',
  ]);
});

test('a Map state (test_base_scenarios: test_map_state_nested)', async () => {
  const inner = { Pass: { Type: 'Pass', End: true } };
  const map = (states: Record<string, object>) => ({
    Type: 'Map',
    ItemProcessor: branch(states),
    MaxConcurrency: 1,
    End: true,
  });
  const { events } = await play(machine({ L1: map({ L2: map(inner) }) }), [[1], [2, 3]]);
  expect(trace(events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 MapStateEntered L1',
    '3<-2 MapStateStarted',
    '4<-3 MapIterationStarted L1 0',
    '5<-4 MapStateEntered L2',
    '6<-5 MapStateStarted',
    '7<-6 MapIterationStarted L2 0',
    '8<-7 PassStateEntered Pass',
    '9<-8 PassStateExited Pass',
    '10<-9 MapIterationSucceeded L2 0',
    '11<-10 MapStateSucceeded',
    '12<-10 MapStateExited L2',
    '13<-12 MapIterationSucceeded L1 0',
    '14<-12 MapIterationStarted L1 1',
    '15<-14 MapStateEntered L2',
    '16<-15 MapStateStarted',
    '17<-16 MapIterationStarted L2 0',
    '18<-17 PassStateEntered Pass',
    '19<-18 PassStateExited Pass',
    '20<-19 MapIterationSucceeded L2 0',
    '21<-19 MapIterationStarted L2 1',
    '22<-21 PassStateEntered Pass',
    '23<-22 PassStateExited Pass',
    '24<-23 MapIterationSucceeded L2 1',
    '25<-24 MapStateSucceeded',
    '26<-24 MapStateExited L2',
    '27<-26 MapIterationSucceeded L1 1',
    '28<-27 MapStateSucceeded',
    '29<-27 MapStateExited L1',
    '30<-29 ExecutionSucceeded',
  ]);
});

test('a Map state whose item fails (test_base_scenarios: test_map_state_catch)', async () => {
  const states = {
    M: {
      Type: 'Map',
      ItemProcessor: branch({ F: { Type: 'Fail', Error: 'E' } }),
      Catch: [{ ErrorEquals: ['E'], Next: 'C' }],
      Next: 'C',
    },
    C: { Type: 'Succeed' },
  };
  expect(trace((await play(machine(states), [1])).events, true).slice(2, 8)).toEqual([
    '3<-2 MapStateStarted',
    '4<-3 MapIterationStarted M 0',
    '5<-4 FailStateEntered F',
    '6<-5 MapIterationFailed M 0',
    '7<-5 MapStateFailed',
    '8<-7 MapStateExited M',
  ]);
});

test('items that are stopped because another timed out (test_timeouts: test_service_lambda_map_timeout)', async () => {
  const states = { M: { Type: 'Map', ItemProcessor: branch({ T: task('f', { TimeoutSeconds: 5 }) }), End: true } };
  const { events } = await play(machine(states), [0, 1], ({ payload, play: { clock } }) =>
    clock.sleep(payload === 0 ? 10_000 : 20_000),
  );
  const [first] = events.filter(({ type }) => type === 'TaskTimedOut');
  const after = events
    .slice(events.indexOf(first!) + 1)
    .filter(({ type }) => type !== 'TaskTimedOut' && type !== 'ExecutionFailed');
  expect(after.every(({ previousEventId }) => previousEventId === first?.id)).toBe(true);
  expect(after.map(({ type }) => type).sort()).toEqual([
    'MapIterationAborted',
    'MapIterationFailed',
    'MapStateFailed',
    'TaskStateAborted',
    'TaskStateAborted',
  ]);
});

test('a stopped execution (test_sfn_api: test_stop_execution)', async () => {
  const playing = start(machine({ W: { Type: 'Wait', Seconds: 100_000, End: true } }), {}, () => null);
  await Promise.resolve();
  playing.stop();
  await playing.ended;
  expect(trace(playing.history.events, true)).toEqual([
    '1<-0 ExecutionStarted',
    '2<-0 WaitStateEntered W',
    '3<-0 ExecutionAborted',
  ]);
  expect(playing.history.events[2]?.executionAbortedEventDetails).toEqual({});
});

test('a path that finds nothing after the task succeeded (test_base_scenarios: test_catch_states_runtime)', async () => {
  const states = {
    T: task('f', { OutputPath: '$.no.such.path', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'C' }], Next: 'C' }),
    C: { Type: 'Succeed' },
  };
  const { events } = await play(machine(states));
  expect(trace(events, true).slice(4)).toEqual(['5<-4 TaskSucceeded', '6<-5 ExecutionFailed']);
});
