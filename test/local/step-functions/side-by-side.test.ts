import { expect, test } from 'vitest';
import { machine, named, play, start, task, trace, waiting } from './play.ts';

const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });
const each = (states: Record<string, object>, more: object = {}) => ({
  M: {
    Type: 'Map',
    ItemsPath: '$.items',
    ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, ...branch(states) },
    End: true,
    ...more,
  },
});
const result = { ResultSelector: { 'p.$': '$.Payload' }, OutputPath: '$.p' };

test('the outputs of branches and iterations come in the order of the definition and of the items', async () => {
  const slowest = async ({ payload, play: { clock } }: Parameters<Parameters<typeof play>[2] & object>[0]) => {
    await clock.sleep(1000 - Number(payload) * 100);
    return payload;
  };
  expect((await play(machine(each({ T: task('f', result) })), { items: [1, 2, 3] }, slowest)).output).toEqual([
    1, 2, 3,
  ]);
});

test('no items, no iterations', async () => {
  const { output, events } = await play(machine(each({ T: task('f') })), { items: [] });
  expect(output).toEqual([]);
  expect(trace(events)).toEqual([
    'ExecutionStarted',
    'MapStateEntered M',
    'MapStateStarted',
    'MapStateSucceeded',
    'MapStateExited M',
    'ExecutionSucceeded',
  ]);
});

test('what is not a list cannot be mapped', async () => {
  expect((await play(machine(each({ T: task('f') })), { items: 'x' })).cause).toContain(
    'Reference path "$.items" must point to array.',
  );
});

test('MaxConcurrency is how many run at a time', async () => {
  let running = 0;
  let most = 0;
  const count = async ({ play: { clock } }: { play: { clock: { sleep(ms: number): Promise<void> } } }) => {
    running += 1;
    most = Math.max(most, running);
    await clock.sleep(1000);
    running -= 1;
  };
  const items = Array.from({ length: 100 }, (_, index) => index);
  await play(machine(each({ T: task('f') }, { MaxConcurrency: 3 })), { items }, count);
  expect(most).toBe(3);
  most = 0;
  await play(machine(each({ T: task('f') })), { items }, count);
  expect(most).toBe(40);
});

test('an item that fails lets no further item start', async () => {
  const { status, error, calls } = await play(
    machine(each({ T: task('f', { Parameters: { 'FunctionName.$': '$', Payload: {} } }) }, { MaxConcurrency: 1 })),
    { items: ['a', 'b', 'c', 'd'] },
    ({ name }) => {
      if (name === 'b') throw named('ComponentFailedError');
    },
  );
  expect({ status, error, calls }).toEqual({ status: 'FAILED', error: 'ComponentFailedError', calls: ['a', 'b'] });
});

test('ItemSelector sees the input of the Map state and the item', async () => {
  const selector = { 'all.$': '$.common', 'n.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value.x' };
  const states = each({ P: { Type: 'Pass', End: true } }, { ItemSelector: selector });
  expect((await play(machine(states), { common: 'c', items: [{ x: 1 }, { x: 2 }] })).output).toEqual([
    { all: 'c', n: 0, v: 1 },
    { all: 'c', n: 1, v: 2 },
  ]);
});

/** Two branches of a state each, then `others`. */
const two = (first: object, second: object, more: object = {}, others: Record<string, object> = {}) =>
  machine({
    P: {
      Type: 'Parallel',
      Branches: [branch({ A: first }), branch({ B: second })],
      ...('Next' in more ? {} : { End: true }),
      ...more,
    },
    ...others,
  });
const caught = { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'C' }], Next: 'C' };

test('the error of a branch keeps its name and cause, and the state’s catcher gets the state’s input', async () => {
  const fails = { Type: 'Fail', Error: 'Mine', Cause: 'because' };
  const definition = two(fails, { Type: 'Wait', Seconds: 5, End: true }, caught, { C: { Type: 'Pass', End: true } });
  const { output } = await play(definition, { a: 1 });
  expect(output).toEqual({ a: 1, error: { Error: 'Mine', Cause: 'because' } });
});

test('a branch that fails stops its sibling: its wait, its retries, its token, and its next state', async () => {
  const calls: string[] = [];
  const retry = [{ ErrorEquals: ['Again'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 99_999 }];
  const definition = machine({
    P: {
      Type: 'Parallel',
      Branches: [
        branch({
          Late: { Type: 'Wait', Seconds: 10, Next: 'Fails' },
          Fails: { Type: 'Fail', Error: 'TestFailedError' },
        }),
        branch({ Waits: waiting('token') }),
        branch({ Retries: task('again', { Retry: retry }) }),
        branch({ Sleeps: { Type: 'Wait', Seconds: 100, Next: 'After' }, After: task('after') }),
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Cleanup' }],
      Next: 'Cleanup',
    },
    Cleanup: { Type: 'Wait', Seconds: 1000, End: true },
  });
  let token = '';
  const playing = start(definition, {}, (call) => {
    calls.push(call.name);
    token = call.token ?? token;
    return call.name === 'again' ? Promise.reject(named('Again')) : undefined;
  });
  expect(await playing.ended).toMatchObject({ status: 'SUCCEEDED', output: { error: { Error: 'TestFailedError' } } });
  expect(calls.filter((name) => name === 'again').length).toBe(10);
  expect(calls).not.toContain('after');
  expect(() => playing.tokens.succeed(token, 1)).toThrow(expect.objectContaining({ code: 'TaskTimedOut' }));
});

test('the function of a stopped branch runs on, and its result is nobody’s', async () => {
  let finished = 0;
  const later = { C: { Type: 'Wait', Seconds: 100, End: true } };
  const definition = two(task('slow'), { Type: 'Fail', Error: 'Now' }, caught, later);
  const { output, events } = await play(definition, {}, async ({ play: { clock } }) => {
    await clock.sleep(50_000);
    finished += 1;
  });
  expect(finished).toBe(1);
  expect(output).toMatchObject({ error: { Error: 'Now' } });
  expect(trace(events).filter((event) => event.startsWith('TaskSucceeded'))).toEqual([]);
});

test('a Parallel state is retried as a whole', async () => {
  let tries = 0;
  const definition = two(task('f'), { Type: 'Pass', End: true }, { Retry: [{ ErrorEquals: ['Once'] }] });
  const { status, events } = await play(definition, {}, () => {
    tries += 1;
    if (tries === 1) throw named('Once');
  });
  expect(status).toBe('SUCCEEDED');
  expect(trace(events).filter((event) => event === 'ParallelStateStarted').length).toBe(2);
  expect(trace(events)).not.toContain('ParallelStateFailed');
});

test('Parallel in Map in Parallel', async () => {
  const inner = {
    Q: {
      Type: 'Parallel',
      Branches: [branch({ X: { Type: 'Pass', End: true } }), branch({ Y: { Type: 'Pass', Result: 'y', End: true } })],
      End: true,
    },
  };
  const definition = machine({ P: { Type: 'Parallel', Branches: [branch(each(inner))], End: true } });
  expect((await play(definition, { items: [1, 2] })).output).toEqual([
    [
      [1, 'y'],
      [2, 'y'],
    ],
  ]);
});

test('States.Runtime in a branch ends the execution past every catcher', async () => {
  const fails = { Type: 'Pass', InputPath: '$.no', End: true };
  const definition = two(fails, { Type: 'Wait', Seconds: 9, End: true }, caught, { C: { Type: 'Pass', End: true } });
  expect(await play(definition)).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
});
