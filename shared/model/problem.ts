// A problem in a file, with the place where a reader finds it.
import { excerpt, locate } from '../component/excerpt.ts';

export type Problem = {
  file: string;
  /** From 1. */
  line: number;
  /** From 1, in UTF-16 code units. */
  column: number;
  /** What was expected and what was found. */
  message: string;
  /** The line, and below it carets under the place; empty when the line is. */
  excerpt: string;
};

/** `file:line:column: message`, then the excerpt behind its line number. */
export function problemText({ file, line, column, message, excerpt: shown }: Problem): string {
  const header = `${file}:${line}:${column}: ${message}`;
  if (shown === '') return header;
  const [source, carets] = shown.split('\n');
  const gutter = `  ${line} | `;
  return [header, gutter + source, ' '.repeat(gutter.length) + carets].join('\n');
}

/** A problem at an offset of a text; `end` widens the carets. */
export function problemAt(file: string, text: string, offset: number, message: string, end = offset + 1): Problem {
  const shown = excerpt(text, offset, end);
  return { file, ...locate(text, offset), message, excerpt: shown.split('\n')[0]!.trim() === '' ? '' : shown };
}
