// The matching operators of event patterns: `{ "prefix": "x" }` → a test of one value of the event.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
import { AwsError } from '../service.ts';

export type Test = (value: unknown) => boolean;

const texts = (operator: string, argument: unknown): string[] =>
  (Array.isArray(argument) ? argument : [argument]).map((option) => {
    if (typeof option === 'string') return option;
    throw invalid(`${operator} match pattern must be a string`);
  });

const onText = (operator: string, argument: unknown, test: (value: string, argument: string) => boolean): Test => {
  const options = texts(operator, argument);
  return (value) => typeof value === 'string' && options.some((option) => test(value, option));
};

const equalsIgnoreCase = (value: string, argument: string) => value.toLowerCase() === argument.toLowerCase();

const textOperators: Record<string, (argument: unknown) => Test> = {
  prefix: (argument) =>
    ignoringCase(argument, 'prefix', (value, start) => value.startsWith(start)) ??
    onText('prefix', argument, (value, start) => value.startsWith(start)),
  suffix: (argument) =>
    ignoringCase(argument, 'suffix', (value, end) => value.endsWith(end)) ??
    onText('suffix', argument, (value, end) => value.endsWith(end)),
  'equals-ignore-case': (argument) => onText('equals-ignore-case', argument, equalsIgnoreCase),
  wildcard(argument) {
    const expressions = texts('wildcard', argument).map(wildcard);
    return (value) => typeof value === 'string' && expressions.some((expression) => expression.test(value));
  },
};

/** The test behind an operator; throws InvalidEventPatternException for one that is not known. `exists` is not of a value and is not here. */
export function operatorTest(operator: string, argument: unknown): Test {
  const onString = Object.hasOwn(textOperators, operator) ? textOperators[operator] : undefined;
  if (onString) {
    if (Array.isArray(argument)) throw invalid(`${operator} match pattern must be a string`);
    return onString(argument);
  }
  if (operator === 'numeric') return numeric(argument);
  if (operator === 'anything-but') return anythingBut(argument);
  throw invalid(`Unrecognized match type ${operator}`);
}

function anythingBut(argument: unknown): Test {
  if (argument !== null && typeof argument === 'object' && !Array.isArray(argument)) {
    const [[operator, inner] = ['', undefined], ...more] = Object.entries(argument);
    const make = Object.hasOwn(textOperators, operator) ? textOperators[operator] : undefined;
    if (!make || more.length > 0) throw invalid(`Unsupported anything-but pattern: ${operator}`);
    const test = make(inner);
    return (value) => !test(value);
  }
  const options: unknown[] = Array.isArray(argument) ? argument : [argument];
  if (options.length === 0 || options.some((option) => !['string', 'number'].includes(typeof option))) {
    throw invalid('Inside anything but list, either all values are numbers or all are strings');
  }
  return (value) => !options.includes(value);
}

const comparisons: Record<string, (value: number, limit: number) => boolean> = {
  '=': (value, limit) => value === limit,
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '>': (value, limit) => value > limit,
  '>=': (value, limit) => value >= limit,
};

function numeric(argument: unknown): Test {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length % 2 !== 0) {
    throw invalid('Value of numeric must be an array of pairs, such as [">", 0, "<=", 5]');
  }
  const tests = Array.from({ length: argument.length / 2 }, (_, index) => {
    const [comparison, limit] = argument.slice(index * 2, index * 2 + 2);
    const compare = Object.hasOwn(comparisons, comparison) ? comparisons[comparison] : undefined;
    if (!compare || typeof limit !== 'number')
      throw invalid(`Unrecognized numeric range operator: ${comparison} ${limit}`);
    return (value: number) => compare(value, limit);
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

// prefix and suffix may hold { "equals-ignore-case": "x" }.
function ignoringCase(
  argument: unknown,
  operator: string,
  test: (value: string, argument: string) => boolean,
): Test | undefined {
  if (argument === null || typeof argument !== 'object' || Array.isArray(argument)) return undefined;
  const inner = (argument as Record<string, unknown>)['equals-ignore-case'];
  if (inner === undefined || Object.keys(argument).length !== 1)
    throw invalid(`${operator} match pattern must be a string`);
  return onText(operator, inner, (value, part) => test(value.toLowerCase(), part.toLowerCase()));
}

function wildcard(pattern: string): RegExp {
  if (/\*\*/.test(pattern)) throw invalid('Consecutive wildcard characters');
  const parts = pattern.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const source = parts.map((part) => (part === '*' ? '.*' : literal(part.replace(/^\\(?=[*\\])/, ''))));
  return new RegExp(`^${source.join('')}$`, 's');
}

const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

export const invalid = (reason: string) =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
