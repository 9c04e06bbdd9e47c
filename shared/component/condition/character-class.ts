// Bracket expressions: from RE2's, which have escapes, to POSIX's, which have positions instead.
import { type Cursor, escapeOf, unsupported } from './escape.ts';

/** What the named classes and escapes mean in RE2: ASCII only. */
const named: Record<string, string> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  blank: '\t ',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  punct: '!-/:-@[-`{-~',
  space: '\t-\r ',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

type Span = [from: string, to: string];

/** Reads a class from behind its `[` and writes it as POSIX would. */
export function translateClass(cursor: Cursor): string {
  const negated = cursor.take('^');
  const spans: Span[] = [];
  let first = true;
  while (first || !cursor.take(']')) {
    if (cursor.ended()) throw unsupported('invalid', `the "[" has no "]"`);
    first = false;
    const name = cursor.match(/\[:(\^?)([a-z]+):\]/y);
    if (name) {
      const meant = named[name[2] ?? ''];
      if (name[1] || meant === undefined) throw unsupported('unsupported', `the class ${name[0]}`);
      spans.push(...spansOf(meant));
      continue;
    }
    const low = one(cursor, spans);
    if (low === undefined) continue;
    if (cursor.peek() !== '-' || cursor.peek(1) === ']' || cursor.peek(1) === undefined) {
      spans.push([low, low]);
      continue;
    }
    cursor.next();
    const high = one(cursor, []);
    if (high === undefined || code(high) < code(low)) throw unsupported('invalid', `the range from "${low}"`);
    spans.push([low, high]);
  }
  return bracket(spans, negated);
}

/** One character of a class; undefined when it was an escape that stands for several, which are then in `spans`. */
function one(cursor: Cursor, spans: Span[]): string | undefined {
  const character = cursor.next();
  if (character !== '\\') return character;
  const found = escapeOf(cursor);
  if ('character' in found) return found.character;
  if (found.negated) throw unsupported('unsupported', `"\\${found.letter}" inside of "[ ]"`);
  spans.push(...spansOf(found.members));
  return undefined;
}

function spansOf(members: string): Span[] {
  return [...members.matchAll(/(.)-(.)|(.)/gs)].map(([, from, to, single = '']) => [from ?? single, to ?? single]);
}

/** `]` first, `-` last, `^` and `[` where they mean themselves. */
function bracket(spans: Span[], negated: boolean): string {
  if (spans.some((span) => span[0] !== span[1] && span.some((end) => '[]^-'.includes(end)) && span.join('') !== '[`'))
    throw unsupported('unsupported', 'a range that begins or ends with one of [ ] ^ -');
  const singles = new Set(spans.filter(([from, to]) => from === to).map(([from]) => from));
  const special = (character: string) => (singles.delete(character) ? character : '');
  const [close, open, caret, dash] = [special(']'), special('['), special('^'), special('-')];
  const ranges = spans.filter(([from, to]) => from !== to).map(([from, to]) => `${from}-${to}`);
  const body = [...singles, ...ranges].join('');
  if (caret && !negated && !close && body === '') {
    if (open) return `[[^${dash}]`;
    return dash ? '[-^]' : '\\^';
  }
  return `[${negated ? '^' : ''}${close}${body}${caret}${open}${dash}]`;
}

function code(character: string): number {
  return character.codePointAt(0) ?? 0;
}
