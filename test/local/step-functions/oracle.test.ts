// The same definitions, inputs and functions under our interpreter and under aws-local-stepfunctions 3.0.0: same status, error, output and
// calls. Where the two disagree for a reason that is known, the reason stands at the test and what AWS does is asserted of ours.
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../local/step-functions/definition.ts';
import { type OracleCall, playOracle } from './oracle.ts';
import { machine, named, play, task, waiting } from './play.ts';

type Script = (call: OracleCall, nth: number) => unknown;

/** Each call of a function is numbered from 1. */
function scripted(script: Script) {
  const counts = new Map<string, number>();
  return (call: OracleCall) => {
    const nth = (counts.get(call.name) ?? 0) + 1;
    counts.set(call.name, nth);
    return script(call, nth);
  };
}

const ours = async (definition: object, input: Json, script: Script) => {
  const answer = scripted(script);
  const { status, error, output, calls, cause } = await play(
    definition,
    input,
    ({ name, state, token = '', play: { clock, tokens } }) =>
      answer({
        name,
        state,
        succeed: (result) => tokens.succeed(token, result),
        fail: (why, because) => tokens.fail(token, why, because),
        later: (work) => void clock.sleep(1000).then(work),
      }),
  );
  return { status, error, output, calls, cause };
};
const theirs = async (definition: object, input: Json, script: Script) => {
  const { status, error, output, calls, cause } = (await playOracle(definition, input, scripted(script))) as Awaited<
    ReturnType<typeof ours>
  >;
  return { status, error, output, calls, cause };
};

const quick = {
  ErrorEquals: ['ThrottledError', 'NotReadyError'],
  IntervalSeconds: 2,
  BackoffRate: 1.5,
  MaxAttempts: 5,
};
const poll = {
  ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'],
  IntervalSeconds: 1,
  BackoffRate: 1,
  MaxAttempts: 99,
};
const set = (ResultPath: string) => ({ ResultSelector: {}, ResultPath });
const branch = (states: Record<string, object>) => ({ StartAt: Object.keys(states)[0], States: states });

/** The shape of a build: a Parallel state as the try, a Map of components, tests beside copies, cleanup, then the original error. */
const build = machine({
  Build: {
    Type: 'Parallel',
    Branches: [
      branch({
        Prepare: task('prepare', {
          ResultSelector: { 'components.$': '$.Payload.components', 'regions.$': '$.Payload.regions' },
          ResultPath: '$.plan',
          Retry: [quick],
          Next: 'Launch',
        }),
        Launch: waiting('launch', {
          HeartbeatSeconds: 30,
          TimeoutSeconds: 600,
          ResultPath: '$.builder',
          Retry: [poll, quick],
          Next: 'Components',
        }),
        Components: {
          Type: 'Map',
          ItemsPath: '$.plan.components',
          MaxConcurrency: 1,
          ItemSelector: {
            'component.$': '$$.Map.Item.Value',
            'index.$': '$$.Map.Item.Index',
            'builder.$': '$.builder',
          },
          ItemProcessor: branch({ RunComponent: waiting('run', { HeartbeatSeconds: 30, Retry: [poll, quick] }) }),
          ...set('$.none'),
          Next: 'Both',
        },
        Both: {
          Type: 'Parallel',
          Branches: [
            branch({ Test: waiting('test', { HeartbeatSeconds: 300, Retry: [poll] }) }),
            branch({
              Copies: {
                Type: 'Map',
                ItemsPath: '$.plan.regions',
                ItemProcessor: branch({ Copy: task('copy', { Retry: [quick] }) }),
                End: true,
              },
            }),
          ],
          ...set('$.none'),
          Next: 'Publish',
        },
        Publish: task('publish', { ResultSelector: { 'published.$': '$.Payload' }, ResultPath: '$.done' }),
      }),
    ],
    ResultSelector: { 'done.$': '$[0].done' },
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Cleanup' }],
    Next: 'Cleanup',
  },
  Cleanup: task('cleanup', {
    ...set('$.none'),
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.cleanup', Next: 'Failed' }],
    Next: 'Failed',
  }),
  Failed: { Type: 'Choice', Choices: [{ Variable: '$.error', IsPresent: true, Next: 'Fail' }], Default: 'Done' },
  Fail: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  Done: { Type: 'Pass', End: true },
});

const happy: Script = ({ name, succeed, later }) => {
  if (name === 'prepare') return { components: ['a', 'b', 'c'], regions: ['us-east-1', 'eu-west-1'] };
  if (name === 'launch' || name === 'run' || name === 'test') later(() => succeed({ id: name }));
  return name;
};
const unless =
  (when: string, then: (call: OracleCall, nth: number) => unknown): Script =>
  (call, nth) =>
    call.name === when ? then(call, nth) : happy(call, nth);

describe('the same under both', () => {
  test.each<[string, Script, object]>([
    ['everything goes well', happy, { status: 'SUCCEEDED' }],
    [
      'throttled twice',
      unless('prepare', (call, nth) => (nth < 3 ? Promise.reject(named('ThrottledError')) : happy(call, nth))),
      { status: 'SUCCEEDED' },
    ],
    [
      'throttled for too long',
      unless('prepare', () => Promise.reject(named('ThrottledError'))),
      { status: 'FAILED', error: 'ThrottledError' },
    ],
    [
      'an error nobody retries',
      unless('prepare', () => Promise.reject(named('InvalidRequestError'))),
      { status: 'FAILED', error: 'InvalidRequestError' },
    ],
    [
      'two lost heartbeats',
      unless('launch', ({ succeed }, nth) => (nth === 3 ? succeed({ id: 'i' }) : null)),
      { status: 'SUCCEEDED' },
    ],
    [
      'an answer before the function returns',
      unless('launch', async ({ succeed }) => succeed({ id: 'i' })),
      { status: 'SUCCEEDED' },
    ],
    [
      'a task failed by its token',
      unless('launch', ({ fail }) => fail('CapacityError', 'no room')),
      { status: 'FAILED', error: 'CapacityError' },
    ],
    [
      'the last component fails',
      unless('run', (call, nth) => (nth < 3 ? happy(call, nth) : Promise.reject(named('ComponentFailedError')))),
      { status: 'FAILED', error: 'ComponentFailedError' },
    ],
    [
      'the tests fail',
      unless('test', ({ fail }) => fail('TestFailedError', 'two of three')),
      { status: 'FAILED', error: 'TestFailedError' },
    ],
    [
      'publishing fails',
      unless('publish', () => Promise.reject(named('AccessDeniedError'))),
      { status: 'FAILED', error: 'AccessDeniedError' },
    ],
    [
      'cleanup fails too',
      (call, nth) =>
        call.name === 'cleanup' || call.name === 'publish' ? Promise.reject(named(call.name)) : happy(call, nth),
      { status: 'FAILED', error: 'publish' },
    ],
    ['there is nothing to do', unless('prepare', () => ({ components: [], regions: [] })), { status: 'SUCCEEDED' }],
  ])('%s', async (_what, script, expected) => {
    const mine = await ours(build, { image: 'i' }, script);
    expect(mine).toMatchObject(expected);
    const other = await theirs(build, { image: 'i' }, script);
    expect({ ...mine, cause: undefined }).toEqual({ ...other, cause: undefined });
    // The cause of an error that a function threw holds its stack, which differs.
    if (mine.cause?.startsWith('{')) expect(JSON.parse(mine.cause)).toMatchObject(JSON.parse(other.cause ?? ''));
    else expect(mine.cause).toBe(other.cause);
  });

  test.each<[string, object, Json]>([
    [
      'paths of input and output',
      machine({ P: { Type: 'Pass', InputPath: '$.a', OutputPath: '$.b', End: true } }),
      { a: { b: [1] } },
    ],
    [
      'a result into the input',
      machine({ P: { Type: 'Pass', Result: { r: 1 }, ResultPath: '$.x.y', End: true } }),
      { x: { z: 2 } },
    ],
    [
      'parameters',
      machine({ P: { Type: 'Pass', Parameters: { 'a.$': '$.l[1]', b: { 'c.$': '$.o' }, l: [1, 'x'] }, End: true } }),
      { l: [1, 2], o: { p: null } },
    ],
    [
      'intrinsics',
      machine({
        P: {
          Type: 'Pass',
          Parameters: {
            'a.$': "States.Format('{}-{}', $.n, 'x')",
            'b.$': 'States.ArrayLength($.l)',
            'c.$': 'States.MathAdd($.n, 2)',
            'd.$': "States.StringSplit('a,b', ',')",
          },
          End: true,
        },
      }),
      { n: 1, l: [1, 2] },
    ],
    [
      'nested Maps',
      machine({
        M: {
          Type: 'Map',
          ItemProcessor: branch({
            N: { Type: 'Map', ItemProcessor: branch({ P: { Type: 'Pass', End: true } }), End: true },
          }),
          End: true,
        },
      }),
      [[1, 2], [], [3]],
    ],
    [
      'a Map with an item selector',
      machine({
        M: {
          Type: 'Map',
          ItemsPath: '$.l',
          ItemSelector: { 'i.$': '$$.Map.Item.Index', 'v.$': '$$.Map.Item.Value', 'k.$': '$.k' },
          ItemProcessor: branch({ P: { Type: 'Pass', End: true } }),
          ResultPath: '$.out',
          End: true,
        },
      }),
      { l: ['a', 'b'], k: 'k' },
    ],
    [
      'a Parallel in a Parallel',
      machine({
        P: {
          Type: 'Parallel',
          Branches: [
            branch({ Q: { Type: 'Parallel', Branches: [branch({ A: { Type: 'Pass', End: true } })], End: true } }),
            branch({ B: { Type: 'Pass', Result: 'b', End: true } }),
          ],
          End: true,
        },
      }),
      { x: 1 },
    ],
    [
      'a choice',
      machine({
        C: {
          Type: 'Choice',
          Choices: [
            {
              And: [{ Variable: '$.n', NumericGreaterThan: 1 }, { Not: { Variable: '$.s', StringEquals: 'no' } }],
              Next: 'Y',
            },
          ],
          Default: 'N',
        },
        Y: { Type: 'Pass', Result: 'y', End: true },
        N: { Type: 'Pass', Result: 'n', End: true },
      }),
      { n: 2, s: 'yes' },
    ],
    [
      'a present null',
      machine({
        C: { Type: 'Choice', Choices: [{ Variable: '$.n', IsPresent: true, Next: 'Y' }], Default: 'N' },
        Y: { Type: 'Succeed' },
        N: { Type: 'Fail', Error: 'N' },
      }),
      { n: null },
    ],
    [
      'no choice',
      machine({
        C: { Type: 'Choice', Choices: [{ Variable: '$.n', IsNull: true, Next: 'Y' }] },
        Y: { Type: 'Succeed' },
      }),
      { n: 1 },
    ],
    [
      'a wait',
      machine({ W: { Type: 'Wait', SecondsPath: '$.s', Next: 'S' }, S: { Type: 'Succeed', OutputPath: '$.s' } }),
      { s: 0 },
    ],
    ['a failure', machine({ F: { Type: 'Fail', Error: 'E', Cause: 'C' } }), {}],
  ])('%s', async (_what, definition, input) => {
    const mine = await ours(definition, input, () => null);
    const other = await theirs(definition, input, () => null);
    expect([mine.status, mine.error, mine.output]).toEqual([other.status, other.error, other.output]);
  });
});

describe('known disagreements', () => {
  test('the library starts the remaining items of a Map after one has failed', async () => {
    const script = unless('run', () => Promise.reject(named('ComponentFailedError')));
    expect((await ours(build, {}, script)).calls).toEqual(['prepare', 'launch', 'run', 'cleanup']);
    expect((await theirs(build, {}, script)).calls.filter((name) => name === 'run').length).toBe(3);
  });

  test('the library gives branches their own input as that of the execution', async () => {
    const inner = branch({
      A: { Type: 'Pass', Result: 2, Next: 'B' },
      B: {
        Type: 'Parallel',
        Branches: [branch({ C: { Type: 'Pass', Parameters: { 'e.$': '$$.Execution.Input' }, End: true } })],
        End: true,
      },
    });
    const definition = { ...inner };
    expect((await ours(definition, { mine: 1 }, () => null)).output).toEqual([{ e: { mine: 1 } }]);
    expect((await theirs(definition, { mine: 1 }, () => null)).output).toEqual([{ e: 2 }]);
  });

  test('the library writes a field named $ for ResultPath $', async () => {
    const definition = machine({ P: { Type: 'Pass', Result: 1, ResultPath: '$', End: true } });
    expect((await ours(definition, {}, () => null)).output).toBe(1);
    expect((await theirs(definition, {}, () => null)).output).toEqual({ $: 1 });
  });

  test('the library names the error of a Fail state that has none', async () => {
    const definition = machine({ F: { Type: 'Fail' } });
    expect((await ours(definition, {}, () => null)).error).toBeUndefined();
    expect((await theirs(definition, {}, () => null)).error).toBeTruthy();
  });

  test('the library ignores a result that is false', async () => {
    const definition = machine({ P: { Type: 'Pass', Result: false, End: true } });
    expect((await ours(definition, { a: 1 }, () => null)).output).toBe(false);
    expect((await theirs(definition, { a: 1 }, () => null)).output).toEqual({ a: 1 });
  });
});
