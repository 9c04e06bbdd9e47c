// Reads and checks a component document: parse, schema, check; the first three of the compiler's four stages.
import { check } from './check.ts';
import { type Diagnostic, diagnosticList } from './diagnostic.ts';
import type { ComponentDocument } from './document.ts';
import { parse } from './parse.ts';
import { readDocument } from './schema.ts';

/**
 * All problems of a component document, in the order of the text. `document` is there when none of them is an error.
 * Total: any text in, a value out; it never throws.
 */
export function checkDocument(text: string): { document?: ComponentDocument; diagnostics: Diagnostic[] } {
  const { report, failed, sorted } = diagnosticList();
  const parsed = parse(text, report);
  const document = parsed && readDocument(parsed.root, parsed.nodes);
  if (parsed && document) check(document, parsed.nodes, parsed.root);
  return { ...(document && !failed() && { document }), diagnostics: sorted() };
}
