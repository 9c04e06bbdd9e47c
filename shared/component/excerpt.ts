// Turns offsets into what people read: line, column, and the line itself with a caret under the place.

const widest = 110;

/** Line and column, both from 1, of a UTF-16 offset; an offset behind the text is the text's end. */
export function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, offset));
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/**
 * The line at `offset` and below it carets under the characters up to `end` (at least one, at most to the end of the line).
 * Tabs become blanks so that the carets stand right; of a very long line only the part around the place is shown.
 */
export function excerpt(text: string, offset: number, end = offset + 1): string {
  const { line, column } = locate(text, offset);
  const whole = (text.split(/\r\n|\r|\n/)[line - 1] ?? '').replaceAll(/[\t\p{Cc}]/gu, ' ');
  const from = whole.length <= widest ? 0 : Math.max(0, Math.min(column - 1 - 30, whole.length - widest));
  const shown = whole.slice(from, from + widest).trimEnd();
  const indent = column - 1 - from;
  const carets = Math.max(1, Math.min(end - offset, shown.length - indent));
  return `${shown}\n${' '.repeat(indent)}${'^'.repeat(carets)}`;
}
