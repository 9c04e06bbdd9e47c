// Conditions to bash files.
import type { Resolve } from '../actions/action.ts';
import type { Report } from '../diagnostic.ts';
import type { LocatedText } from '../node.ts';
import type { Part } from '../program.ts';
import { quote } from '../quote.ts';
import { type Comparison, type Condition, isLogic } from './condition.ts';
import { conditionFunctions } from './functions.ts';
import { patternProblem, translatePattern } from './pattern.ts';

/** How a condition's references are resolved; a pattern must be known when the document is compiled. */
export type ConditionResolvers = { resolve: Resolve; quoted: Resolve; report: Report };

/** The bash file of a condition: exit code 0 is true, 1 false; others mean that it could not be judged, stderr says why. */
export function conditionFile(condition: Condition, resolvers: ConditionResolvers): Part[] {
  return [
    { literal: conditionFunctions },
    { literal: 'if ' },
    ...expression(condition, resolvers),
    { literal: '; then exit 0; fi\nprintf "the condition is false: %s\\n" "$said" >&2\nexit 1\n' },
  ];
}

function expression(condition: Condition, resolvers: ConditionResolvers): Part[] {
  if (!isLogic(condition)) return comparison(condition, resolvers);
  const inner = condition.operands.map((operand) => expression(operand, resolvers));
  if (condition.operator === 'not') return [{ literal: '! { ' }, ...inner.flat(), { literal: '; }' }];
  const between = condition.operator === 'and' ? ' && ' : ' || ';
  const joined = inner.flatMap((parts, index) => (index === 0 ? parts : [{ literal: between }, ...parts]));
  return [{ literal: '{ ' }, ...joined, { literal: '; }' }];
}

const singles = {
  stringIsEmpty: 'is_empty',
  stringIsWhitespace: 'is_whitespace',
  binaryExists: 'binary_exists',
  fileExists: 'file_exists',
  folderExists: 'folder_exists',
};

const programs = {
  fileMD5Equals: 'md5sum',
  fileSHA1Equals: 'sha1sum',
  fileSHA256Equals: 'sha256sum',
  fileSHA512Equals: 'sha512sum',
};

function comparison(one: Comparison, resolvers: ConditionResolvers): Part[] {
  const { quoted } = resolvers;
  if ('operand' in one) return call(singles[one.operator], quoted(one.operand));
  const { operator, baseline, tested } = one;
  switch (operator) {
    case 'fileMD5Equals':
    case 'fileSHA1Equals':
    case 'fileSHA256Equals':
    case 'fileSHA512Equals':
      return call(`hash_equals ${operator} ${programs[operator]}`, quoted(baseline), quoted(tested));
    case 'patternMatches':
      return call(`matches_pattern ${pattern(baseline, resolvers)}`, quoted(tested));
    default: {
      const compare = operator.startsWith('number') ? 'compare_numbers' : 'compare_strings';
      return call(`${compare} ${operator}`, quoted(baseline), quoted(tested));
    }
  }
}

function call(name: string, ...words: Part[][]): Part[] {
  return [{ literal: name }, ...words.flatMap((word) => [{ literal: ' ' }, ...word])];
}

/** The pattern as written and as bash has it, as two words. */
function pattern(text: LocatedText, { resolve, report }: ConditionResolvers): string {
  const parts = resolve(text);
  const known = parts.map((part) => ('literal' in part ? part.literal : '')).join('');
  const problem = parts.every((part) => 'literal' in part)
    ? patternProblem(known, true)
    : {
        code: 'unsupported-pattern' as const,
        message:
          'This pattern is known only when the document runs: references to outputs and secrets cannot stand in a pattern.',
      };
  const translated = translatePattern(known);
  if (problem) report(problem.code, problem.message, text);
  return `${quote(known)} ${quote('pattern' in translated ? translated.pattern : '')}`;
}
