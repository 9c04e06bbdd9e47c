// Which documents a component document runs by ExecuteDocument, as far as its text and its parameters tell.
import { checkDocument } from './check-document.ts';
import { compileDocument } from './compile.ts';

/** References as the steps name them, with parameters in their place; those of documents that these run in turn are not among them. */
export function executedDocuments(text: string, parameters: Record<string, string> = {}): string[] {
  if (!text.includes('ExecuteDocument')) return [];
  const phases = checkDocument(text).document?.phases.map(({ name }) => name) ?? [];
  const found = new Set<string>();
  const documents = (reference: string) => void found.add(reference);
  compileDocument(text, { name: 'document', phases, parameters, runKey: 'none', documents });
  return [...found];
}
