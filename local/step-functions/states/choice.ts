// The Choice state: which way to go on, by comparing values of the input.
import type { ChoiceState, Condition, Json } from '../definition.ts';
import { Failure, RuntimeFault } from '../failure.ts';
import { findPath, parsePath, type Readable, readPath } from '../path.ts';

type Kind = 'string' | 'number' | 'boolean';
const order = <T extends string | number>(compare: (left: T, right: T) => boolean, kind: Kind) => ({
  kind,
  holds: (left: Json, right: Json) => typeof left === kind && compare(left as T, right as T),
});

/** An operator holds only for values of its own kind; a value of another kind is no error. */
const operators: Record<string, { kind: Kind; holds: (value: Json, expected: Json) => boolean }> = {
  StringEquals: order<string>((left, right) => left === right, 'string'),
  StringLessThan: order<string>((left, right) => left < right, 'string'),
  StringGreaterThan: order<string>((left, right) => left > right, 'string'),
  StringLessThanEquals: order<string>((left, right) => left <= right, 'string'),
  StringGreaterThanEquals: order<string>((left, right) => left >= right, 'string'),
  StringMatches: order<string>((left, right) => wildcard(right).test(left), 'string'),
  NumericEquals: order<number>((left, right) => left === right, 'number'),
  NumericLessThan: order<number>((left, right) => left < right, 'number'),
  NumericGreaterThan: order<number>((left, right) => left > right, 'number'),
  NumericLessThanEquals: order<number>((left, right) => left <= right, 'number'),
  NumericGreaterThanEquals: order<number>((left, right) => left >= right, 'number'),
  BooleanEquals: { kind: 'boolean', holds: (value, expected) => value === expected },
  IsNull: { kind: 'boolean', holds: (value, expected) => (value === null) === expected },
  IsString: { kind: 'boolean', holds: (value, expected) => (typeof value === 'string') === expected },
  IsNumeric: { kind: 'boolean', holds: (value, expected) => (typeof value === 'number') === expected },
  IsBoolean: { kind: 'boolean', holds: (value, expected) => (typeof value === 'boolean') === expected },
};

/** `*` stands for any characters, `\*` for itself. */
function wildcard(pattern: string): RegExp {
  const parts = pattern.match(/\\[\s\S]|\*|[^*\\]+|\\/g) ?? [];
  const source = parts.map((part) => (part === '*' ? '[\\s\\S]*' : literal(part.replace(/^\\([\s\S])/, '$1'))));
  return new RegExp(`^${source.join('')}$`);
}
const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** The name of the state that comes next. */
export function choose(state: ChoiceState, name: string, from: Readable): string {
  const choice = state.Choices.find((condition) => holds(condition, from));
  const next = choice?.Next ?? state.Default;
  if (next === undefined)
    throw new Failure('States.NoChoiceMatched', `No choice of state '${name}' matched and it has no Default`);
  return next;
}

function holds(condition: Condition, from: Readable): boolean {
  if (Array.isArray(condition.And)) return condition.And.every((inner) => holds(inner as Condition, from));
  if (Array.isArray(condition.Or)) return condition.Or.some((inner) => holds(inner as Condition, from));
  if (condition.Not) return !holds(condition.Not as Condition, from);
  const variable = String(condition.Variable);
  const value = findPath(variable, from);
  if (typeof condition.IsPresent === 'boolean') return (value !== undefined) === condition.IsPresent;
  if (value === undefined)
    throw new RuntimeFault(
      `Invalid path '${variable}': The choice state's condition path references an invalid value.`,
    );
  for (const [operator, { holds: compare }] of Object.entries(operators)) {
    const expected = condition[operator];
    if (expected !== undefined) return compare(value, expected);
    const path = condition[`${operator}Path`];
    if (typeof path === 'string') return compare(value, readPath(path, from));
  }
  return false;
}

/** Problems of one condition, each beginning with the rest of its path. Only the outermost has `Next`. */
export function conditionProblems(condition: Condition, outermost: boolean): string[] {
  const { Next: _next, Comment: _comment, ...rest } = condition;
  const problems = !outermost && condition.Next !== undefined ? ['.Next: only in the outermost condition'] : [];
  const [name, ...others] = Object.keys(rest).filter((key) => key !== 'Variable');
  if (name === undefined) return [...problems, ': an operator expected'];
  if (others.length > 0) return [...problems, `: one operator expected, found ${[name, ...others].join(', ')}`];
  const value = rest[name];
  if (name === 'Not') return [...problems, ...innerProblems(value, '.Not')];
  if (name === 'And' || name === 'Or') {
    if (!Array.isArray(value) || value.length === 0) return [...problems, `.${name}: a list of conditions expected`];
    return [...problems, ...value.flatMap((inner, index) => innerProblems(inner, `.${name}[${index}]`))];
  }
  return [...problems, ...pathProblems(rest.Variable, '.Variable'), ...operandProblems(name, value)];
}

const innerProblems = (inner: Json | undefined, where: string): string[] =>
  inner !== null && typeof inner === 'object' && !Array.isArray(inner)
    ? conditionProblems(inner, false).map((problem) => where + problem)
    : [`${where}: a condition expected`];

function operandProblems(name: string, value: Json | undefined): string[] {
  const kind = name === 'IsPresent' ? 'boolean' : operators[name]?.kind;
  if (kind) return typeof value === kind ? [] : [`.${name}: a ${kind} expected`];
  if (name.endsWith('Path') && !name.startsWith('Is') && Object.hasOwn(operators, name.slice(0, -4)))
    return pathProblems(value, `.${name}`);
  return [`.${name}: not a supported operator`];
}

function pathProblems(value: Json | undefined, where: string): string[] {
  if (typeof value !== 'string') return [`${where}: a path expected`];
  try {
    parsePath(value);
    return [];
  } catch (error) {
    return [`${where}: ${(error as Error).message}`];
  }
}
