// Event patterns: which events a rule is for. A pattern is compiled once and refused then if anything in it is not understood.
import { invalid, operatorTest, type Test } from './operators.ts';

export type Matcher = (event: Record<string, unknown>) => boolean;

type Fields = (values: Record<string, unknown>[]) => boolean;

/** `pattern` as JSON text or already parsed; throws InvalidEventPatternException. */
export function compilePattern(pattern: unknown): Matcher {
  const parsed = typeof pattern === 'string' ? parse(pattern) : pattern;
  if (!isObject(parsed)) throw invalid('Filter is not an object');
  const test = compileFields(parsed);
  return (event) => test([event]);
}

// An event's array of objects counts as several places to look: one of them has to satisfy all fields.
function compileFields(pattern: Record<string, unknown>): Fields {
  const tests = Object.entries(pattern).map(([name, wanted]): ((value: Record<string, unknown>) => boolean) => {
    if (name === '$or' && Array.isArray(wanted)) return either(wanted);
    if (Array.isArray(wanted)) return compileLeaf(name, wanted);
    if (!isObject(wanted)) throw invalid(`"${name}" must be an object or an array`);
    const inner = compileFields(wanted);
    return (value) => inner(objectsIn(value[name]));
  });
  return (values) => values.some((value) => tests.every((test) => test(value)));
}

function either(alternatives: unknown[]): (value: Record<string, unknown>) => boolean {
  if (alternatives.length < 2) throw invalid('"$or" must have at least two alternatives');
  const compiled = alternatives.map((alternative) => {
    if (!isObject(alternative)) throw invalid('"$or" must be an array of objects');
    return compileFields(alternative);
  });
  return (value) => compiled.some((test) => test([value]));
}

function compileLeaf(name: string, wanted: unknown[]): (value: Record<string, unknown>) => boolean {
  if (wanted.length === 0) throw invalid(`Empty arrays are not allowed: "${name}"`);
  const tests = wanted.map((option): ((present: unknown[]) => boolean) => {
    if (Array.isArray(option)) throw invalid(`Match value must be String, number, true, false, or null: "${name}"`);
    if (!isObject(option)) return some((value) => value === option);
    const [[operator, argument] = ['', undefined], ...more] = Object.entries(option);
    if (more.length > 0) throw invalid(`Only one key allowed in match expression: "${name}"`);
    if (operator !== 'exists') return some(operatorTest(operator, argument));
    if (typeof argument !== 'boolean') throw invalid('exists match pattern must be either true or false');
    return (present) => present.length > 0 === argument;
  });
  return (value) => {
    const present = leavesIn(value, name);
    return tests.some((test) => test(present));
  };
}

const some = (test: Test) => (present: unknown[]) => present.some(test);

// What stands at a name: nothing, a value, or each value of an array. `exists` is about leaves, so an object counts as nothing.
function leavesIn(value: Record<string, unknown>, name: string): unknown[] {
  if (!Object.hasOwn(value, name)) return [];
  const found = value[name];
  return (Array.isArray(found) ? found : [found]).filter((leaf) => leaf === null || typeof leaf !== 'object');
}

// An empty place stands in for an absent object, so that `exists: false` below it holds.
function objectsIn(value: unknown): Record<string, unknown>[] {
  const found = (Array.isArray(value) ? value : [value]).filter(isObject);
  return found.length > 0 ? found : [{}];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid((error as Error).message);
  }
}
