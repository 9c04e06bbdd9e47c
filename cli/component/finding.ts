// What is wrong with a component document, as people and programs read it.
import type { Diagnostic } from '../../shared/component/diagnostic.ts';
import { locate } from '../../shared/component/excerpt.ts';
import { problemAt, problemText } from '../../shared/model/problem.ts';
import { printableLines } from '../terminal-text.ts';

/** Line and column count from 1, columns in UTF-16 code units. */
export type Finding = {
  code: string;
  severity: Diagnostic['severity'];
  message: string;
  line: number;
  column: number;
};

export function finding(text: string, { code, severity, message, offset }: Diagnostic): Finding {
  return { code, severity, message, ...locate(text, offset) };
}

/** `file:line:column: error: … [code]`, then the line with carets under the place. */
export function findingLines(file: string, text: string, diagnostic: Diagnostic): string[] {
  const { code, severity, message, offset, end } = diagnostic;
  return printableLines(problemText(problemAt(file, text, offset, `${severity}: ${message} [${code}]`, end)));
}

export function isError({ severity }: Pick<Diagnostic, 'severity'>): boolean {
  return severity === 'error';
}
