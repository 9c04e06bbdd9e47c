// Walks over a pattern, and reads the escapes of RE2.

export type PatternProblem = { kind: 'invalid' | 'unsupported'; what: string };

/** What is thrown inside of the translation, and caught where it begins. */
export class PatternError extends Error {
  readonly problem: PatternProblem;
  constructor(problem: PatternProblem) {
    super(problem.what);
    this.problem = problem;
  }
}

export function unsupported(kind: PatternProblem['kind'], what: string): PatternError {
  return new PatternError({ kind, what });
}

export type Cursor = {
  ended(): boolean;
  peek(ahead?: number): string | undefined;
  next(): string;
  take(text: string): boolean;
  /** What a sticky expression finds here, which is then passed. */
  match(expression: RegExp): RegExpExecArray | undefined;
};

export function cursorOf(pattern: string): Cursor {
  let at = 0;
  return {
    ended: () => at >= pattern.length,
    peek: (ahead = 0) => pattern[at + ahead],
    next: () => {
      const point = pattern.codePointAt(at);
      if (point === undefined) throw unsupported('invalid', 'it ends too early');
      const character = String.fromCodePoint(point);
      at += character.length;
      return character;
    },
    take: (text) => {
      if (!pattern.startsWith(text, at)) return false;
      at += text.length;
      return true;
    },
    match: (expression) => {
      expression.lastIndex = at;
      const found = expression.exec(pattern) ?? undefined;
      if (found) at += found[0].length;
      return found;
    },
  };
}

type Escape = { character: string } | { letter: string; members: string; negated: boolean };

const controls: Record<string, string> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const sets: Record<string, string> = { d: '0-9', w: '0-9A-Za-z_', s: '\t\n\f\r ' };

/** The escape behind a `\` that stands for characters. */
export function escapeOf(cursor: Cursor): Escape {
  const letter = cursor.next();
  if (/[^A-Za-z0-9]/.test(letter)) return { character: letter };
  if (controls[letter] !== undefined) return { character: controls[letter] };
  const members = sets[letter.toLowerCase()];
  if (members !== undefined) return { letter, members, negated: letter !== letter.toLowerCase() };
  const digits = letter === 'x' ? cursor.match(/\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2})/y) : undefined;
  const octal = /[0-7]/.test(letter) ? cursor.match(/[0-7]{1,2}/y) : undefined;
  const number = digits
    ? Number.parseInt(digits[1] ?? digits[2] ?? '', 16)
    : octal
      ? Number.parseInt(letter + octal[0], 8)
      : 0;
  if (number > 0 && number <= 0x10ffff) return { character: String.fromCodePoint(number) };
  throw unsupported(/[pPCX]/.test(letter) ? 'unsupported' : 'invalid', `"\\${letter}"`);
}
