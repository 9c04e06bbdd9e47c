import { expect, test } from 'vitest';
import { machine, play } from './play.ts';

const chosen = async (condition: object, input: unknown) => {
  const states = {
    C: { Type: 'Choice', Choices: [{ ...condition, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  };
  const { output, error, cause } = await play(machine(states), input as never);
  return output ?? `${error}: ${cause}`;
};

test.each([
  [{ Variable: '$.v', StringEquals: 'a' }, { v: 'a' }, 'yes'],
  [{ Variable: '$.v', StringEquals: 'a' }, { v: 'b' }, 'no'],
  [{ Variable: '$.v', StringEquals: '1' }, { v: 1 }, 'no'],
  [{ Variable: '$.v', StringEqualsPath: '$.w' }, { v: 'a', w: 'a' }, 'yes'],
  [{ Variable: '$.v', StringMatches: 'log-*.txt' }, { v: 'log-1.txt' }, 'yes'],
  [{ Variable: '$.v', StringMatches: 'log-\\*' }, { v: 'log-1' }, 'no'],
  [{ Variable: '$.v', StringGreaterThan: 'a' }, { v: 'b' }, 'yes'],
  [{ Variable: '$.v', NumericEquals: 1 }, { v: 1.0 }, 'yes'],
  [{ Variable: '$.v', NumericGreaterThan: 1 }, { v: 1 }, 'no'],
  [{ Variable: '$.v', NumericGreaterThanEquals: 1 }, { v: 1 }, 'yes'],
  [{ Variable: '$.v', NumericLessThan: 1 }, { v: '0' }, 'no'],
  [{ Variable: '$.v', NumericLessThanEqualsPath: '$.w' }, { v: 1, w: 2 }, 'yes'],
  [{ Variable: '$.v', BooleanEquals: false }, { v: false }, 'yes'],
  [{ Variable: '$.v', BooleanEquals: false }, { v: null }, 'no'],
  [{ Variable: '$.v', IsPresent: true }, { v: null }, 'yes'],
  [{ Variable: '$.v', IsPresent: true }, {}, 'no'],
  [{ Variable: '$.v.w', IsPresent: false }, {}, 'yes'],
  [{ Variable: '$.v', IsNull: true }, { v: null }, 'yes'],
  [{ Variable: '$.v', IsString: true }, { v: '' }, 'yes'],
  [{ Variable: '$.v', IsNumeric: true }, { v: '1' }, 'no'],
  [{ Variable: '$.v', IsBoolean: false }, { v: 1 }, 'yes'],
  [{ Variable: '$$.Execution.Name', StringEquals: 'E' }, {}, 'yes'],
  [{ Not: { Variable: '$.v', StringEquals: 'a' } }, { v: 'b' }, 'yes'],
  [
    {
      And: [
        { Variable: '$.v', IsPresent: true },
        { Variable: '$.v', NumericEquals: 1 },
      ],
    },
    {},
    'no',
  ],
  [
    {
      And: [
        { Variable: '$.v', IsPresent: true },
        { Variable: '$.v', NumericEquals: 1 },
      ],
    },
    { v: 1 },
    'yes',
  ],
  [{ Or: [{ Variable: '$.v', NumericEquals: 2 }, { Not: { Variable: '$.v', NumericEquals: 3 } }] }, { v: 1 }, 'yes'],
])('%j of %j: %s', async (condition, input, answer) => {
  expect(await chosen(condition, input)).toBe(answer);
});

test('comparing what is not there is States.Runtime', async () => {
  expect(await chosen({ Variable: '$.v', NumericEquals: 1 }, {})).toBe(
    "States.Runtime: An error occurred while executing the state 'C' (entered at the event id #2). Invalid path '$.v': The choice state's condition path references an invalid value.",
  );
});

test('no match without Default is States.NoChoiceMatched', async () => {
  const states = {
    C: { Type: 'Choice', Choices: [{ Variable: '$.v', NumericEquals: 1, Next: 'Y' }] },
    Y: { Type: 'Succeed' },
  };
  expect(await play(machine(states), { v: 2 })).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
});
