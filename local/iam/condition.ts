// The Condition element: every operator and every key must hold, of a key's values one.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
import { BlockList, isIPv6 } from 'node:net';
import { arnMatches, type Context, expand, fill } from './pattern.ts';

export type Test = {
  key: string;
  operator: string;
  quantifier?: 'ForAllValues' | 'ForAnyValue';
  ifExists: boolean;
  values: string[];
};

type Compare = (given: string, wanted: string, context: Context) => boolean;

const equalTexts: Compare = (given, wanted, context) => fill(wanted, context) === given;
const ignoringCase: Compare = (given, wanted, context) => fill(wanted, context)?.toLowerCase() === given.toLowerCase();
const like: Compare = (given, wanted, context) => expand(wanted, context)?.test(given) ?? false;
const arn: Compare = (given, wanted, context) => arnMatches(wanted, given, context);
const truth: Compare = (given, wanted, context) => ignoringCase(given, wanted, context);
const numbers =
  (holds: (given: number, wanted: number) => boolean): Compare =>
  (given, wanted) =>
    given.trim() !== '' && holds(Number(given), Number(wanted));
const dates =
  (holds: (given: number, wanted: number) => boolean): Compare =>
  (given, wanted) =>
    holds(time(given), time(wanted));
const time = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
const address: Compare = (given, wanted) => {
  const [network = '', prefix] = wanted.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  return list.check(given, isIPv6(given) ? 'ipv6' : 'ipv4');
};

const positive: Record<string, Compare> = {
  StringEquals: equalTexts,
  StringEqualsIgnoreCase: ignoringCase,
  StringLike: like,
  ArnEquals: arn,
  ArnLike: arn,
  NumericEquals: numbers((given, wanted) => given === wanted),
  NumericLessThan: numbers((given, wanted) => given < wanted),
  NumericLessThanEquals: numbers((given, wanted) => given <= wanted),
  NumericGreaterThan: numbers((given, wanted) => given > wanted),
  NumericGreaterThanEquals: numbers((given, wanted) => given >= wanted),
  DateEquals: dates((given, wanted) => given === wanted),
  DateLessThan: dates((given, wanted) => given < wanted),
  DateLessThanEquals: dates((given, wanted) => given <= wanted),
  DateGreaterThan: dates((given, wanted) => given > wanted),
  DateGreaterThanEquals: dates((given, wanted) => given >= wanted),
  Bool: truth,
  BinaryEquals: (given, wanted) => given === wanted,
  IpAddress: address,
};

/** Each is true where its counterpart is not, also where the key is missing. */
const negative: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  DateNotEquals: 'DateEquals',
  NotIpAddress: 'IpAddress',
};

/** Keys with several values: without a quantifier AWS does not say what a test of them means. */
const multivalued = /^(aws:tagkeys|dynamodb:(leadingkeys|attributes)|aws:(principal|resource|source)orgpaths)$/;

const form = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** Throws an Error that names what is not an operator, or cannot be tested as it is meant. */
export function readTests(condition: unknown): Test[] {
  if (condition === undefined) return [];
  return Object.entries(fieldsOf(condition, 'Condition')).flatMap(([text, keys]) => {
    const [, quantifier, operator = '', ifExists] = form.exec(text) ?? [];
    const known = operator in positive || operator in negative || (operator === 'Null' && !quantifier && !ifExists);
    if (!known) throw new Error(`condition operator ${text} is not known`);
    return Object.entries(fieldsOf(keys, `Condition ${text}`)).map(([key, wanted]): Test => {
      const values = [wanted].flat().map(String);
      if (multivalued.test(key.toLowerCase()) && !quantifier && operator !== 'Null')
        throw new Error(`${key} has several values: write ForAllValues:${operator} or ForAnyValue:${operator}`);
      check(operator, key, values);
      return {
        key: key.toLowerCase(),
        operator,
        ifExists: ifExists !== undefined,
        values,
        ...(quantifier && { quantifier: quantifier as NonNullable<Test['quantifier']> }),
      };
    });
  });
}

// What can never match, IAM keeps silently; here it is refused.
function check(operator: string, key: string, values: string[]): void {
  const base = negative[operator] ?? operator;
  const fits = (value: string): boolean => {
    if (base.startsWith('Numeric')) return value.trim() !== '' && !Number.isNaN(Number(value));
    if (base.startsWith('Date')) return !Number.isNaN(time(value));
    if (base === 'Null') return /^(true|false)$/i.test(value);
    if (base === 'Bool') return /^(true|false|\$\{.*\})$/i.test(value);
    if (base !== 'IpAddress') return true;
    try {
      address('127.0.0.1', value, new Map());
      return true;
    } catch {
      return false;
    }
  };
  const wrong = values.find((value) => !fits(value));
  if (wrong !== undefined) throw new Error(`${operator} of ${key}: '${wrong}' is no value for it`);
}

export function holds(test: Test, context: Context): boolean {
  const given = context.get(test.key) ?? [];
  if (test.operator === 'Null')
    return test.values.some((value) => (value.toLowerCase() === 'true') === (given.length === 0));
  if (given.length === 0 && test.ifExists) return true;
  const denied = negative[test.operator];
  const compare = positive[denied ?? test.operator]!;
  const matches = (one: string) =>
    test.values.some((wanted) => compare(one, wanted, context)) !== (denied !== undefined);
  if (test.quantifier === 'ForAllValues') return given.every(matches);
  if (test.quantifier === 'ForAnyValue') return given.some(matches);
  return denied === undefined ? given.some(matches) : given.every(matches);
}

export function fieldsOf(value: unknown, what: string): Record<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${what}: an object is expected, not ${JSON.stringify(value)}`);
}
