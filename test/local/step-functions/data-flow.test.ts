import { expect, test } from 'vitest';
import { machine, play, task } from './play.ts';

const pass = (more: object) => machine({ P: { Type: 'Pass', End: true, ...more } });

test.each([
  ['everything passes', {}, { a: 1 }],
  ['a result', { Result: { r: 1 } }, { r: 1 }],
  ['a result that is false', { Result: false }, false],
  ['a result that is null', { Result: null }, null],
  ['a result beside the input', { Result: 2, ResultPath: '$.b.c' }, { a: 1, b: { c: 2 } }],
  ['ResultPath $', { Result: 2, ResultPath: '$' }, 2],
  ['ResultPath null', { Result: 2, ResultPath: null }, { a: 1 }],
  ['InputPath', { InputPath: '$.a' }, 1],
  ['InputPath null', { InputPath: null }, {}],
  ['OutputPath', { Result: { x: [5, 6] }, OutputPath: '$.x[1]' }, 6],
  ['OutputPath null', { OutputPath: null }, {}],
  [
    'parameters',
    { Parameters: { 'n.$': '$.a', s: 's', deep: [{ 'm.$': "$['a']" }] } },
    { n: 1, s: 's', deep: [{ m: 1 }] },
  ],
  ['parameters beside the input', { Parameters: { 'n.$': '$.a' }, ResultPath: '$.p' }, { a: 1, p: { n: 1 } }],
])('Pass: %s', async (_what, fields, output) => {
  expect(await play(pass(fields), { a: 1 })).toMatchObject({ status: 'SUCCEEDED', output });
});

test('ResultPath goes into the raw input, not into what InputPath chose', async () => {
  expect(await play(pass({ InputPath: '$.a', ResultPath: '$.b' }), { a: 1 })).toMatchObject({ output: { a: 1, b: 1 } });
});

test('a task is given its parameters and its result is Lambda’s envelope', async () => {
  const { output, events } = await play(
    machine({
      T: task('f', {
        ResultSelector: { 'p.$': '$.Payload.doubled', 'v.$': '$.ExecutedVersion', 'c.$': '$.StatusCode' },
      }),
    }),
    { n: 2 },
    ({ payload }) => ({
      doubled: (payload as { n: number }).n * 2,
    }),
  );
  expect(output).toEqual({ p: 4, v: '$LATEST', c: 200 });
  const scheduled = events.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails as {
    parameters: string;
  };
  expect(JSON.parse(scheduled.parameters)).toEqual({ FunctionName: 'f', Payload: { n: 2 } });
});

test('the version that is named is the version that ran', async () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f:7';
  expect((await play(machine({ T: task(arn) }))).output).toMatchObject({ ExecutedVersion: '7', StatusCode: 200 });
});

test('an empty ResultSelector put aside leaves the input as it was', async () => {
  const states = {
    T: task('f', { ResultSelector: {}, ResultPath: '$.none', Next: 'End' }),
    End: { Type: 'Pass', Parameters: { 'a.$': '$.a' }, End: true },
  };
  expect((await play(machine(states), { a: 1 }, () => ({ large: true }))).output).toEqual({ a: 1 });
});

test('the context object tells of execution, machine and state, also inside branches and iterations', async () => {
  const context = {
    'input.$': '$$.Execution.Input',
    'id.$': '$$.Execution.Id',
    'name.$': '$$.StateMachine.Name',
    'state.$': '$$.State.Name',
  };
  const inner = (name: string, more: object) => ({
    StartAt: name,
    States: { [name]: { Type: 'Pass', Parameters: { ...context, ...more }, End: true } },
  });
  const { output } = await play(
    machine({
      P: {
        Type: 'Parallel',
        Branches: [
          inner('B', {}),
          {
            StartAt: 'M',
            States: {
              M: {
                Type: 'Map',
                ItemsPath: '$.items',
                ItemProcessor: inner('I', { 'index.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value' }),
                End: true,
              },
            },
          },
        ],
        End: true,
      },
    }),
    { items: ['x'] },
  );
  const same = { input: { items: ['x'] }, id: 'arn:aws:states:us-east-1:000000000000:execution:M:E', name: 'M' };
  expect(output).toEqual([{ ...same, state: 'B' }, [{ ...same, state: 'I', index: 0, value: 'x' }]]);
});

test('the retry count is in the context of a task', async () => {
  const states = {
    T: task('f', {
      Parameters: { FunctionName: 'f', Payload: { 'n.$': '$$.State.RetryCount' } },
      Retry: [{ ErrorEquals: ['Again'] }],
    }),
  };
  const seen: unknown[] = [];
  await play(machine(states), {}, ({ payload }) => {
    seen.push(payload);
    if (seen.length < 3) throw Object.assign(new Error('x'), { name: 'Again' });
  });
  expect(seen).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
});

test.each([
  ["States.Format('{} of {}', $.a, 'b')", '1 of b'],
  ["States.Format('it\\'s {}', $.l)", "it's [1,2]"],
  ['States.StringToJson($.j)', { k: true }],
  ['States.JsonToString($.l)', '[1,2]'],
  ['States.Array($.a, 2, true, null)', [1, 2, true, null]],
  ['States.ArrayLength($.l)', 2],
  ['States.ArrayGetItem($.l, 1)', 2],
  ['States.ArrayContains($.l, 2)', true],
  ['States.MathAdd($.a, -3)', -2],
  ["States.StringSplit('a-b_c', '-_')", ['a', 'b', 'c']],
  ["States.ArrayLength(States.StringSplit('a,b', ','))", 2],
  ['States.JsonMerge(States.StringToJson($.j), $.o, false)', { k: true, o: 1 }],
])('intrinsic %s', async (expression, result) => {
  const input = { a: 1, l: [1, 2], j: '{"k":true}', o: { o: 1 } };
  expect((await play(pass({ Parameters: { 'r.$': expression } }), input)).output).toEqual({ r: result });
});

test('States.UUID is another one each time', async () => {
  const { output } = await play(pass({ Parameters: { 'a.$': 'States.UUID()', 'b.$': 'States.UUID()' } }));
  const { a, b } = output as { a: string; b: string };
  expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(b).not.toBe(a);
});

test('an intrinsic that cannot be worked out is States.IntrinsicFailure, which can be caught', async () => {
  const failing = {
    T: task('f', {
      Parameters: { FunctionName: 'f', Payload: { 'x.$': "States.StringToJson('{')" } },
      Catch: [{ ErrorEquals: ['States.IntrinsicFailure'], Next: 'C' }],
      Next: 'C',
    }),
    C: { Type: 'Pass', End: true },
  };
  expect((await play(machine(failing))).output).toMatchObject({ Error: 'States.IntrinsicFailure' });
});

test.each([
  ['InputPath', { InputPath: '$.x.y' }, "Invalid path '$.x.y' : No results for path: $['x']['y']"],
  [
    'a parameter',
    { Parameters: { 'v.$': '$.x' } },
    `The JSONPath '$.x' specified for the field 'v.$' could not be found in the input '{"a":1}'`,
  ],
  ['OutputPath', { OutputPath: '$.x[0]' }, "Invalid path '$.x[0]' : No results for path: $['x'][0]"],
])('a path of %s that finds nothing is States.Runtime, in AWS’s words', async (_where, fields, text) => {
  expect(await play(pass(fields), { a: 1 })).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: `An error occurred while executing the state 'P' (entered at the event id #2). ${text}`,
  });
});

test('a result that does not fit its path is States.ResultPathMatchFailure', async () => {
  expect(await play(pass({ Result: 1, ResultPath: '$.a.b' }), { a: 1 })).toMatchObject({
    status: 'FAILED',
    error: 'States.ResultPathMatchFailure',
  });
});

test('a field named __proto__ is data like any other', async () => {
  const input = JSON.parse('{"__proto__":{"polluted":1}}');
  expect(await play(pass({ Parameters: { 'v.$': "$['constructor']" } }), input)).toMatchObject({
    error: 'States.Runtime',
  });
  expect(JSON.stringify((await play(pass({}), input)).output)).toBe('{"__proto__":{"polluted":1}}');
});
