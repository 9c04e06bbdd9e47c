import { expect, test } from 'vitest';
import { loadDefinition } from '../../../local/step-functions/load.ts';
import { machine, task, waiting } from './play.ts';

const problems = (definition: string | object, substitutions: Record<string, string> = {}): string => {
  try {
    loadDefinition(definition, substitutions);
    return '';
  } catch (error) {
    expect(error).toMatchObject({ code: 'InvalidDefinition' });
    return (error as Error).message.replace('Invalid State Machine Definition: ', '');
  }
};
const pass = { Type: 'Pass', End: true };
const choice = (condition: object) =>
  machine({ C: { Type: 'Choice', Choices: [{ ...condition, Next: 'P' }] }, P: pass });

test.each<[string, object, string]>([
  ['JSONata', machine({ P: pass }, { QueryLanguage: 'JSONata' }), 'QueryLanguage: only JSONPath is supported'],
  [
    'JSONata in a state',
    machine({ P: { ...pass, QueryLanguage: 'JSONata' } }),
    "state 'P', field QueryLanguage: JSONPath (JSONata is not supported) expected",
  ],
  [
    'variables',
    machine({ P: { ...pass, Assign: { a: 1 } } }),
    "state 'P', field Assign: not supported in a Pass state",
  ],
  [
    'a misspelt field',
    machine({ T: task('f', { Retrys: [] }) }),
    "state 'T', field Retrys: not supported in a Task state",
  ],
  [
    'an activity',
    machine({ T: task('f', { Resource: 'arn:aws:states:us-east-1:0:activity:a' }) }),
    "state 'T', field Resource: arn:aws:states:::lambda:invoke or arn:aws:states:::lambda:invoke.waitForTaskToken expected",
  ],
  [
    'an unknown type',
    machine({ T: { Type: 'Teleport' } }),
    "state 'T', field Type: 'Teleport' is not supported, only Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail are",
  ],
  [
    'a wildcard path',
    machine({ P: { ...pass, InputPath: '$.l[*].v' } }),
    "state 'P', field InputPath: path '$.l[*].v' is not supported from '[*].v' on: only .name, ['name'] and [0] are",
  ],
  [
    'a filter in a parameter',
    machine({ P: { ...pass, Parameters: { a: { 'b.$': '$.l[?(@.x)]' } } } }),
    "state 'P', field Parameters.a.b.$: path '$.l[?(@.x)]' is not supported from '[?(@.x)]' on: only .name, ['name'] and [0] are",
  ],
  [
    'an unknown intrinsic',
    machine({ P: { ...pass, Parameters: { 'b.$': "States.Hash($.a, 'MD5')" } } }),
    "state 'P', field Parameters.b.$: intrinsic 'States.Hash' is not supported: only States.Format,",
  ],
  [
    'a broken intrinsic',
    machine({ P: { ...pass, Parameters: { 'b.$': "States.Format('a'" } } }),
    "state 'P', field Parameters.b.$: intrinsic 'States.Format('a'': ')' expected at ''",
  ],
  [
    'a ResultPath into the context',
    machine({ P: { ...pass, ResultPath: '$$.x' } }),
    "state 'P', field ResultPath: a path that starts with $. expected",
  ],
  [
    'the old Map',
    machine({ M: { Type: 'Map', Iterator: machine({ P: pass }), End: true } }),
    "state 'M', field ItemProcessor: missing",
  ],
  [
    'a distributed Map',
    machine({
      M: {
        Type: 'Map',
        ItemProcessor: { ...machine({ P: pass }), ProcessorConfig: { Mode: 'DISTRIBUTED' } },
        End: true,
      },
    }),
    `state 'M', field ItemProcessor.ProcessorConfig: only {"Mode":"INLINE"} is supported`,
  ],
  [
    'tolerated failures',
    machine({ M: { Type: 'Map', ItemProcessor: machine({ P: pass }), ToleratedFailureCount: 1, End: true } }),
    "state 'M', field ToleratedFailureCount: not supported in a Map state",
  ],
  [
    'a log type',
    machine({ T: task('f', { Parameters: { FunctionName: 'f', Payload: {}, LogType: 'Tail' } }) }),
    "state 'T', field Parameters.LogType: not supported",
  ],
  [
    'no payload',
    machine({ T: task('f', { Parameters: { FunctionName: 'f' } }) }),
    "state 'T', field Parameters: exactly one of Payload and Payload.$ expected",
  ],
  ['no target', machine({ P: { Type: 'Pass', Next: 'Q' } }), "state 'P', field Next: there is no state 'Q' beside it"],
  [
    'a target in a branch',
    machine({ P: { Type: 'Parallel', Branches: [machine({ B: pass })], Next: 'B' } }),
    "state 'P', field Next: there is no state 'B' beside it",
  ],
  [
    'a catcher without a target',
    machine({ T: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'No' }] }) }),
    "state 'T', field Catch[0].Next: there is no state 'No' beside it",
  ],
  [
    'no start',
    { StartAt: 'No', States: { P: pass } },
    "the state machine, field StartAt: there is no state 'No' beside it",
  ],
  ['a state that nothing leads to', machine({ P: pass, Q: pass }), "state 'Q': no other state leads to it"],
  [
    'the same name twice',
    machine({ P: { Type: 'Parallel', Branches: [machine({ P: pass })], End: true } }),
    "state 'P', field name: another state of this machine has the same name",
  ],
  [
    'neither Next nor End',
    machine({ P: { Type: 'Pass' } }),
    "state 'P', field Next: exactly one of Next and End expected",
  ],
  [
    'States.ALL among others',
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }) }),
    "state 'T', field Retry[0].ErrorEquals: States.ALL on its own expected",
  ],
  [
    'States.ALL before others',
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }) }),
    "state 'T', field Retry[0].ErrorEquals: States.ALL only in the last entry",
  ],
  [
    'a fraction of an attempt',
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['X'], MaxAttempts: 1.5 }] }) }),
    "state 'T', field Retry[0].MaxAttempts: a whole number from 0 to 99999999 expected",
  ],
  [
    'too many attempts',
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['X'], MaxAttempts: 100_000_000 }] }) }),
    "state 'T', field Retry[0].MaxAttempts: a whole number from 0 to 99999999 expected",
  ],
  [
    'a rate below one',
    machine({ T: task('f', { Retry: [{ ErrorEquals: ['X'], BackoffRate: 0.5 }] }) }),
    "state 'T', field Retry[0].BackoffRate: a number of at least 1.0 expected",
  ],
  [
    'a heartbeat as long as the time-out',
    machine({ W: waiting('f', { HeartbeatSeconds: 60, TimeoutSeconds: 60 }) }),
    "state 'W', field HeartbeatSeconds: must be less than TimeoutSeconds",
  ],
  [
    'a heartbeat of a plain task',
    machine({ T: task('f', { HeartbeatSeconds: 60 }) }),
    "state 'T', field HeartbeatSeconds: nobody can send a heartbeat to a task that does not wait for its token",
  ],
  [
    'a token that is not handed on',
    machine({ W: waiting('f', { Parameters: { FunctionName: 'f', Payload: {} } }) }),
    "state 'W', field Parameters: $$.Task.Token is not handed on, so nobody could complete the task",
  ],
  [
    'a wait of two kinds',
    machine({ W: { Type: 'Wait', Seconds: 1, SecondsPath: '$.s', End: true } }),
    "state 'W', field Seconds: exactly one of Seconds, SecondsPath, Timestamp and TimestampPath expected",
  ],
  [
    'a time without zone',
    machine({ W: { Type: 'Wait', Timestamp: '2026-01-01T00:00:00', End: true } }),
    "state 'W', field Timestamp: a time as in 2026-01-31T12:00:00Z expected",
  ],
  [
    'a comparison of times',
    choice({ Variable: '$.t', TimestampEquals: '2026-01-01T00:00:00Z' }),
    "state 'C', field Choices[0].TimestampEquals: not a supported operator",
  ],
  [
    'two comparisons in one',
    choice({ Variable: '$.t', IsPresent: true, StringEquals: 'a' }),
    "state 'C', field Choices[0]: one operator expected, found IsPresent, StringEquals",
  ],
  [
    'a comparison with the wrong kind',
    choice({ And: [{ Variable: '$.t', NumericEquals: '1' }] }),
    "state 'C', field Choices[0].And[0].NumericEquals: a number expected",
  ],
  [
    'Next inside a condition',
    choice({ Not: { Variable: '$.t', IsPresent: true, Next: 'P' } }),
    "state 'C', field Choices[0].Not.Next: only in the outermost condition",
  ],
  [
    'an error of two kinds',
    machine({ F: { Type: 'Fail', Error: 'a', ErrorPath: '$.b' } }),
    "state 'F', field Error: only one of Error and ErrorPath expected",
  ],
])('%s is refused', (_what, definition, problem) => {
  expect(problems(definition)).toContain(problem);
});

test('all problems are told at once', () => {
  const text = problems(machine({ P: { ...pass, Bogus: 1 }, Q: { Type: 'Wait', End: true } }));
  expect(text.split('; ')).toEqual([
    "state 'P', field Bogus: not supported in a Pass state",
    "state 'Q', field Seconds: exactly one of Seconds, SecondsPath, Timestamp and TimestampPath expected",
    "state 'Q': no other state leads to it",
  ]);
});

test.each(['', '[]', 'null', '{"StartAt":', '"text"', '{}', '{"StartAt":1,"States":[]}'])(
  '%j is refused without a fault',
  (text) => {
    expect(problems(text)).not.toBe('');
  },
);

test('substitutions go into any string, and one without a value is refused by name', () => {
  const definition = machine({ T: task('${Greet}', { Comment: 'calls ${Greet} of ${Stage}' }) });
  const loaded = loadDefinition(definition, { Greet: 'arn:greet', Stage: 'local' });
  expect(loaded.States.T).toMatchObject({
    Parameters: { FunctionName: 'arn:greet' },
    Comment: 'calls arn:greet of local',
  });
  expect(problems(definition, { Greet: 'g' })).toBe('${Stage} has no DefinitionSubstitution (there are: Greet)');
});

test('the definition that was given stays as it was', () => {
  const definition = machine({ T: task('${Greet}') });
  const before = JSON.stringify(definition);
  loadDefinition(definition, { Greet: 'g' });
  expect(JSON.stringify(definition)).toBe(before);
});
