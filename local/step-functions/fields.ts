// Which fields each state type may have and what may stand in them: the whole of the language that we run.

import type { Json } from './definition.ts';
import { isReferencePath, parsePath } from './path.ts';
import { conditionProblems } from './states/choice.ts';
import { expressionProblem, templateProblems } from './template.ts';
import { isTimestamp } from './timestamp.ts';

/** Problems of a field's value; a nested one begins with the rest of its path. */
export type Check = (value: unknown) => string[];

const fault = (right: boolean, expected: string): string[] => (right ? [] : [`: ${expected} expected`]);

const text: Check = (value) => fault(typeof value === 'string', 'a string');
const anything: Check = () => [];
const yes: Check = (value) => fault(value === true, 'true');
const list = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0;
const object = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const path: Check = (value) => {
  if (typeof value !== 'string') return [': a path expected'];
  try {
    parsePath(value);
    return [];
  } catch (error) {
    return [`: ${(error as Error).message}`];
  }
};
const optionalPath: Check = (value) => (value === null ? [] : path(value));
const resultPath: Check = (value) => {
  if (value === null) return [];
  const problems = path(value);
  return problems.length > 0 ? problems : fault(isReferencePath(String(value)), 'a path that starts with $.');
};
const expression: Check = (value) => {
  const problem = expressionProblem(value);
  return problem ? [`: ${problem}`] : [];
};
const template: Check = (value) => templateProblems(value as Json, '');
const integer =
  (minimum: number, maximum = 99_999_999): Check =>
  (value) =>
    fault(
      Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
      `a whole number from ${minimum} to ${maximum}`,
    );
const timestamp: Check = (value) => fault(isTimestamp(value), 'a time as in 2026-01-31T12:00:00Z');

function fieldsOf(value: unknown, allowed: Record<string, Check>, required: string[]): string[] {
  if (!object(value)) return [': an object expected'];
  return [
    ...required.filter((name) => !Object.hasOwn(value, name)).map((name) => `.${name}: missing`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const check = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
      return check ? check(inner).map((problem) => `.${name}${problem}`) : [`.${name}: not supported`];
    }),
  ];
}

const each = (value: unknown, check: Check): string[] =>
  Array.isArray(value)
    ? value.flatMap((item, index) => check(item).map((problem) => `[${index}]${problem}`))
    : [': a list expected'];

const errorEquals: Check = (value) => {
  if (!list(value) || !value.every((name) => typeof name === 'string')) return [': a list of error names expected'];
  return fault(!value.includes('States.ALL') || value.length === 1, 'States.ALL on its own');
};

/** `States.ALL` may stand in the last retrier or catcher only. */
const allLast = (value: unknown): string[] =>
  Array.isArray(value)
    ? value
        .slice(0, -1)
        .flatMap((item, index) =>
          item?.ErrorEquals?.includes?.('States.ALL')
            ? [`[${index}].ErrorEquals: States.ALL only in the last entry`]
            : [],
        )
    : [];

const retrier: Check = (value) =>
  fieldsOf(
    value,
    {
      Comment: text,
      ErrorEquals: errorEquals,
      IntervalSeconds: integer(1),
      BackoffRate: (rate) => fault(typeof rate === 'number' && rate >= 1, 'a number of at least 1.0'),
      MaxAttempts: integer(0),
      MaxDelaySeconds: integer(1, 31_622_400),
      JitterStrategy: (strategy) => fault(strategy === 'FULL' || strategy === 'NONE', 'FULL or NONE'),
    },
    ['ErrorEquals'],
  );
const catcher: Check = (value) =>
  fieldsOf(value, { Comment: text, ErrorEquals: errorEquals, ResultPath: resultPath, Next: text }, [
    'ErrorEquals',
    'Next',
  ]);

const every: Record<string, Check> = {
  Type: anything,
  Comment: text,
  QueryLanguage: (value) => fault(value === 'JSONPath', 'JSONPath (JSONata is not supported)'),
};
const flow: Record<string, Check> = { ...every, InputPath: optionalPath, OutputPath: optionalPath };
const onward: Record<string, Check> = { ...flow, Next: text, End: yes };
const working: Record<string, Check> = {
  ...onward,
  ResultSelector: template,
  ResultPath: resultPath,
  Retry: (value) => [...each(value, retrier), ...allLast(value)],
  Catch: (value) => [...each(value, catcher), ...allLast(value)],
};

const invoke = 'arn:aws:states:::lambda:invoke';
export const waitForTaskToken = `${invoke}.waitForTaskToken`;

const invocation: Check = (value) => {
  const problems = fieldsOf(
    value,
    { FunctionName: text, 'FunctionName.$': anything, Payload: anything, 'Payload.$': anything },
    [],
  );
  if (!object(value)) return problems;
  for (const name of ['FunctionName', 'Payload'])
    if (Object.hasOwn(value, name) === Object.hasOwn(value, `${name}.$`))
      problems.push(`: exactly one of ${name} and ${name}.$ expected`);
  return [...problems, ...template(value)];
};

/** Fields by state type; nested states (`Branches`, `ItemProcessor`) are checked where the machine is walked. */
export const fields: Record<string, { allowed: Record<string, Check>; required: string[] }> = {
  Task: {
    allowed: {
      ...working,
      Resource: (value) => fault(value === invoke || value === waitForTaskToken, `${invoke} or ${waitForTaskToken}`),
      Parameters: invocation,
      TimeoutSeconds: integer(1),
      TimeoutSecondsPath: path,
      HeartbeatSeconds: integer(1),
      HeartbeatSecondsPath: path,
    },
    required: ['Resource', 'Parameters'],
  },
  Parallel: { allowed: { ...working, Parameters: template, Branches: anything }, required: ['Branches'] },
  Map: {
    allowed: {
      ...working,
      ItemsPath: path,
      ItemSelector: template,
      ItemProcessor: anything,
      MaxConcurrency: integer(0, 1000),
    },
    required: ['ItemProcessor'],
  },
  Pass: { allowed: { ...onward, Parameters: template, Result: anything, ResultPath: resultPath }, required: [] },
  Wait: {
    allowed: { ...onward, Seconds: integer(0), SecondsPath: path, Timestamp: timestamp, TimestampPath: path },
    required: [],
  },
  Choice: {
    allowed: {
      ...flow,
      Default: text,
      Choices: (value) =>
        list(value)
          ? each(value, (choice) =>
              object(choice)
                ? [
                    ...fault(typeof choice.Next === 'string', 'Next, a string,'),
                    ...conditionProblems(choice as Condition, true),
                  ]
                : [': an object expected'],
            )
          : [': a list of choices expected'],
    },
    required: ['Choices'],
  },
  Succeed: { allowed: flow, required: [] },
  Fail: {
    allowed: { ...every, Error: text, Cause: text, ErrorPath: expression, CausePath: expression },
    required: [],
  },
};

type Condition = Parameters<typeof conditionProblems>[0];
