// What can be wrong with a component document: a closed list of codes, each with a place in the text.

export const diagnosticCodes = [
  'case-dependent',
  'condition-too-deep',
  'cross-stage-reference',
  'document-cycle',
  'document-too-deep',
  'document-too-large',
  'duplicate-key',
  'duplicate-name',
  'empty-document',
  'empty-list',
  'empty-value',
  'forward-reference',
  'invalid-name',
  'invalid-value',
  'invalid-yaml',
  'missing-key',
  'missing-parameter',
  'multiple-documents',
  'nested-document',
  'nested-too-deep',
  'no-known-phase',
  'nul-character',
  'script-too-large',
  'too-many-aliases',
  'too-many-problems',
  'unchainable-name',
  'undeclared-parameter',
  'undeclared-reference',
  'unknown-action',
  'unknown-input',
  'unknown-key',
  'unknown-output',
  'unknown-step-reference',
  'unexpanded-reference',
  'unquoted-reference',
  'unreachable-reference',
  'unresolved-document',
  'unrun-phase',
  'unsupported-pattern',
  'unsupported-platform',
  'unsupported-schema-version',
  'unsupported-tag',
  'wrong-type',
] as const;

export type DiagnosticCode = (typeof diagnosticCodes)[number];

export type Path = (string | number)[];

/** A place in a document: its path, and its characters from `offset` up to and without `end` (UTF-16 units, as JavaScript counts). */
export type Position = { path: Path; offset: number; end: number };

/** One problem of a document. A document with an `error` is not compiled; a `warning` only wants to be read. */
export type Diagnostic = Position & { code: DiagnosticCode; severity: 'error' | 'warning'; message: string };

export type Report = (code: DiagnosticCode, message: string, at: Position, severity?: Diagnostic['severity']) => void;

/** More than a person reads; a document of aliases can have ten thousands of problems. */
const mostDiagnostics = 100;

/** Characters of a message: what it quotes of the document may be as long as that. */
const longestMessage = 1000;

/** Collects diagnostics, the same one once (an aliased node is read wherever it is used); `sorted` gives them in the order of the text, whatever the order in which they were found, and no more than are read. */
export function diagnosticList(): { report: Report; failed(): boolean; sorted(): Diagnostic[] } {
  const found = new Map<string, Diagnostic>();
  return {
    report: (code, said, { path, offset, end }, severity = 'error') => {
      const message = said.length > longestMessage ? `${said.slice(0, longestMessage)}…` : said;
      found.set(JSON.stringify([code, message, offset]), { code, severity, message, path, offset, end });
    },
    failed: () => found.values().some(({ severity }) => severity === 'error'),
    sorted: () => {
      const all = [...found.values()].sort(
        (a, b) => a.offset - b.offset || a.end - b.end || (a.code < b.code ? -1 : 1),
      );
      const [next, ...others] = all.slice(mostDiagnostics);
      if (!next) return all;
      const { offset, end } = next;
      const severity = [next, ...others].some((one) => one.severity === 'error') ? 'error' : 'warning';
      const message = `${others.length + 1} further problems are not listed.`;
      const rest: Diagnostic = { code: 'too-many-problems', severity, message, path: [], offset, end };
      return [...all.slice(0, mostDiagnostics), rest];
    },
  };
}
