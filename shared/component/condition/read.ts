// YAML nodes to a condition: exactly one operator in each mapping, and beside it what that operator needs.
import { isSeq } from 'yaml';
import { type Entry, type LocatedText, type Nodes, readList, readMapping, readText, type Value } from '../node.ts';
import { nearest } from '../spelling.ts';
import { warnOfCase } from './case.ts';
import { type Condition, conditionDepth, hashOperators, singleOperators, textOperators } from './condition.ts';
import { readNumber } from './number.ts';
import { patternProblem } from './pattern.ts';

const operators: string[] = ['and', 'or', 'not', ...singleOperators, ...textOperators, ...hashOperators];

/**
 * Reads a condition; undefined after a report. `what` names it in messages ('"if"'), `companions` are keys that may stand beside the outermost operator
 * and are read by whoever calls (`then` and `else`).
 */
export function readCondition(
  value: Value,
  nodes: Nodes,
  what: string,
  companions: string[] = [],
  depth = 1,
): Condition | undefined {
  const entries = readMapping(nodes, value, what);
  if (!entries) return undefined;
  if (depth > conditionDepth) {
    const message = `Operators stand more than ${conditionDepth} deep in each other here; ${conditionDepth} are possible. Split the condition over several steps.`;
    nodes.report('condition-too-deep', message, value);
    return undefined;
  }
  const found = entries.filter(({ key }) => operators.includes(key));
  const [operator] = found;
  if (!operator || found.length > 1) {
    const beside = ['value', 'path', ...companions];
    const other = operator ? undefined : entries.find(({ key }) => !beside.includes(key));
    const names = found.map(({ key }) => `"${key}"`).join(' and ');
    const choices = names || (other ? `"${other.key}", which is none` : 'no operator');
    const meant = other && nearest(other.key, operators);
    const advice = operator ? ' Join several with "and" or "or".' : meant ? ` Did you mean "${meant}"?` : '';
    const code = operator ? 'invalid-value' : 'missing-key';
    const message = `${what} must have exactly one operator, this has ${choices}.${advice}`;
    nodes.report(code, message, found[1]?.keyAt ?? other?.keyAt ?? value);
    return undefined;
  }
  const companion = isIn(textOperators, operator.key)
    ? 'value'
    : isIn(hashOperators, operator.key)
      ? 'path'
      : undefined;
  const known = [operator.key, ...(companion ? [companion] : []), ...companions];
  for (const { key, keyAt } of entries.filter((entry) => !known.includes(entry.key))) {
    const message = `"${operator.key}" has no key "${key}" beside it${companion ? `, only "${companion}"` : ''}.`;
    nodes.report('unknown-key', message, keyAt);
  }
  if (operator.key === 'and' || operator.key === 'or') return readAll(operator.key, operator, nodes, depth);
  if (operator.key === 'not') return readNot(operator, nodes, depth);
  const second = companion ? entries.find(({ key }) => key === companion) : undefined;
  if (companion && !second) {
    nodes.report('missing-key', `"${operator.key}" lacks "${companion}" beside it.`, operator.keyAt);
    return undefined;
  }
  return readComparison(operator, second, nodes);
}

function isIn<T extends string>(list: readonly T[], key: string): key is T {
  return list.some((one) => one === key);
}

function readAll(operator: 'and' | 'or', { value, keyAt }: Entry, nodes: Nodes, depth: number): Condition | undefined {
  const items = readList(nodes, value, `"${operator}"`);
  if (!items) return undefined;
  if (items.length === 0) nodes.report('empty-list', `"${operator}" is empty; it needs at least one operator.`, keyAt);
  const operands = items.map((item) => readCondition(item, nodes, `An operand of "${operator}"`, [], depth + 1));
  return { operator, operands: operands.filter((one) => one !== undefined) };
}

function readNot({ value }: Entry, nodes: Nodes, depth: number): Condition | undefined {
  const operand = readCondition(onlyItem(value, nodes), nodes, 'The operand of "not"', [], depth + 1);
  return operand && { operator: 'not', operands: [operand] };
}

/** The item of a list of one, which some documents write for what stands in it. */
export function onlyItem(value: Value, nodes: Nodes): Value {
  const node = nodes.resolve(value);
  if (!isSeq(node) || node.items.length !== 1) return value;
  return readList(nodes, value, 'This')?.[0] ?? value;
}

function readComparison(first: Entry, second: Entry | undefined, nodes: Nodes): Condition | undefined {
  const { key } = first;
  const isNumber = key.startsWith('number');
  const read = (entry: Entry): LocatedText | undefined => {
    const what = `"${entry.key}"`;
    return isNumber ? readNumber(entry.value, nodes, what) : readText(nodes, entry.value, what);
  };
  const text = read(first);
  if (text && isIn(singleOperators, key)) return { operator: key, operand: text };
  const tested = second && read(second);
  if (!text || !tested || !(isIn(textOperators, key) || isIn(hashOperators, key))) return undefined;
  const problem = key === 'patternMatches' ? patternProblem(text.text) : undefined;
  if (problem) nodes.report(problem.code, problem.message, text);
  else warnOfCase(key, text, tested, nodes);
  return { operator: key, baseline: text, tested };
}
