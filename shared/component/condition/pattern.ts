// Patterns: from RE2, the syntax of the language, to the extended regular expressions that bash has.

import type { DiagnosticCode } from '../diagnostic.ts';
import { hasReference } from '../reference.ts';
import { translateClass } from './character-class.ts';
import { type Cursor, cursorOf, escapeOf, PatternError, unsupported } from './escape.ts';

/** What is wrong with a pattern as a diagnostic; one with references is judged when their values are known. */
export function patternProblem(
  pattern: string,
  resolved = false,
): { code: DiagnosticCode; message: string } | undefined {
  const translated = !resolved && hasReference(pattern) ? undefined : translatePattern(pattern);
  if (!translated || 'pattern' in translated) return undefined;
  const { kind, what } = translated.problem;
  return kind === 'invalid'
    ? { code: 'invalid-value', message: `The pattern "${pattern}" is no regular expression of RE2: ${what}.` }
    : {
        code: 'unsupported-pattern',
        message: `The pattern "${pattern}" has no equivalent in bash: ${what}. Write it without, or test with grep -P in a step.`,
      };
}

/**
 * A pattern for bash's `=~` that matches the same texts. Only whether something matches is of interest: lazy and greedy are the same then, and so are
 * groups with and without capture. Syntax: https://github.com/google/re2/wiki/Syntax
 */
export function translatePattern(pattern: string): { pattern: string } | PatternError {
  try {
    const cursor = cursorOf(pattern);
    const flags = cursor.match(/\(\?([is]+)\)/y)?.[1] ?? '';
    const translated = alternatives(cursor, {
      dot: flags.includes('s') ? '(.|\n)' : '[^\n]',
      depth: 0,
      first: true,
      anchored: { any: false, end: false },
    });
    if (!cursor.ended()) throw unsupported('invalid', 'a ")" has no "("');
    return { pattern: translated };
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
}

/** `first`: nothing stands before this place. `anchored`: what was read last holds a `^` or `$`, and whether it ends with `$`. */
type Mode = { dot: string; depth: number; first: boolean; anchored: { any: boolean; end: boolean } };

function alternatives(cursor: Cursor, mode: Mode): string {
  if (mode.depth > 100) throw unsupported('unsupported', 'groups more than 100 deep');
  const { anchored } = mode;
  let [any, end] = [false, false];
  let written = '';
  let first = mode.first;
  while (!cursor.ended() && cursor.peek() !== ')') {
    if (cursor.take('|')) {
      written += '|';
      first = mode.first;
      continue;
    }
    anchored.any = false;
    anchored.end = false;
    const piece = repeated(cursor, { ...mode, first });
    written += piece;
    if (piece !== '^') first = false;
    any ||= anchored.any;
    end ||= anchored.end;
    // The C library takes a newline inside of the text for an end there.
    if (anchored.end && !cursor.ended() && cursor.peek() !== '|' && cursor.peek() !== ')')
      throw unsupported('unsupported', '"$" before the end');
  }
  anchored.any = any;
  anchored.end = end;
  return written;
}

/** One piece with what repeats it. */
function repeated(cursor: Cursor, mode: Mode): string {
  const piece = atom(cursor, mode);
  const repeat = cursor.match(/[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\}/y)?.[0];
  if (!repeat) return piece;
  const [low = 0, high = low] = (repeat.match(/[0-9]+/g) ?? []).map(Number);
  if (high > 1000 || low > 1000 || low > high) throw unsupported('invalid', `the repetition ${repeat}`);
  cursor.take('?');
  if (cursor.match(/[*+?]|\{[0-9]+(?:,[0-9]*)?\}/y)) throw unsupported('invalid', `${repeat} is repeated itself`);
  if (mode.anchored.any || /^\\[bB]$/.test(piece)) throw unsupported('unsupported', 'a repeated "^", "$" or "\\b"');
  return piece + repeat;
}

function atom(cursor: Cursor, mode: Mode): string {
  const character = cursor.next();
  switch (character) {
    case '(':
      return group(cursor, mode);
    case '[':
      return translateClass(cursor);
    case '\\':
      return escaped(cursor, mode);
    case '.':
      return mode.dot;
    case '^':
      return begin(mode);
    case '$':
      return end(mode);
    case '*':
    case '+':
    case '?':
      throw unsupported('invalid', `"${character}" has nothing to repeat`);
    default:
      return literal(character);
  }
}

function begin({ first, anchored }: Mode): string {
  if (!first) throw unsupported('unsupported', '"^" behind the beginning');
  anchored.any = true;
  return '^';
}

function end({ anchored }: Mode): string {
  anchored.any = true;
  anchored.end = true;
  return '$';
}

function group(cursor: Cursor, mode: Mode): string {
  if (cursor.peek() === '?') {
    const kind = cursor.match(/\?(?::|i:|P?<[A-Za-z0-9_]+>)/y);
    if (!kind) throw unsupported('unsupported', `"(?${cursor.peek(1) ?? ''}"`);
  }
  const inside = alternatives(cursor, { ...mode, depth: mode.depth + 1 });
  if (!cursor.take(')')) throw unsupported('invalid', 'a "(" has no ")"');
  return `(${inside})`;
}

function escaped(cursor: Cursor, mode: Mode): string {
  if (cursor.take('A')) return begin(mode);
  if (cursor.take('z')) return end(mode);
  if (cursor.take('b')) return '\\b';
  if (cursor.take('B')) return '\\B';
  const quoted = cursor.match(/Q(.*?)(?:\\E|$)/sy);
  if (quoted) return [...(quoted[1] ?? '')].map(literal).join('');
  const found = escapeOf(cursor);
  if ('character' in found) return literal(found.character);
  return `[${found.negated ? '^' : ''}${found.members}]`;
}

function literal(character: string): string {
  return /[\\^$.|?*+()[\]{}]/.test(character) ? `\\${character}` : character;
}
