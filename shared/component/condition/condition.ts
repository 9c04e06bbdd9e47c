// The conditions of `if` and Assert: one operator, with the texts it compares.
import type { LocatedText } from '../node.ts';

export type LogicOperator = 'and' | 'or' | 'not';

/** With `value:`, the tested text beside the baseline. */
export const textOperators = [
  'stringEquals',
  'stringLessThan',
  'stringLessThanEquals',
  'stringGreaterThan',
  'stringGreaterThanEquals',
  'patternMatches',
  'numberEquals',
  'numberLessThan',
  'numberLessThanEquals',
  'numberGreaterThan',
  'numberGreaterThanEquals',
] as const;

/** With `path:`, the file whose hash is compared. */
export const hashOperators = ['fileMD5Equals', 'fileSHA1Equals', 'fileSHA256Equals', 'fileSHA512Equals'] as const;

export const singleOperators = [
  'stringIsEmpty',
  'stringIsWhitespace',
  'binaryExists',
  'fileExists',
  'folderExists',
] as const;

export type TextOperator = (typeof textOperators)[number];
export type HashOperator = (typeof hashOperators)[number];
export type SingleOperator = (typeof singleOperators)[number];

export type Comparison =
  | { operator: SingleOperator; operand: LocatedText }
  /** True when `value <operator> baseline`: `numberLessThan: 2` with `value: 1` is true. */
  | { operator: TextOperator | HashOperator; baseline: LocatedText; tested: LocatedText };

export type Condition = { operator: LogicOperator; operands: Condition[] } | Comparison;

/** How deep operators may stand in operators. */
export const conditionDepth = 4;

export function isLogic(condition: Condition): condition is { operator: LogicOperator; operands: Condition[] } {
  return 'operands' in condition;
}

/** All texts that may hold references. */
export function conditionTexts(condition: Condition | undefined): LocatedText[] {
  if (!condition) return [];
  if (isLogic(condition)) return condition.operands.flatMap(conditionTexts);
  return 'operand' in condition ? [condition.operand] : [condition.baseline, condition.tested];
}
