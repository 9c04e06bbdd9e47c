// Which documents a component document runs by ExecuteDocument, as far as its text and its parameters tell.
import { checkDocument } from './check-document.ts';
import { parameterValues } from './parameters.ts';
import type { Part } from './program.ts';
import { knownText, resolveBudget, resolverOf, type Scope } from './scope.ts';

/** References as the steps name them, with parameters in their place; those of documents that these run in turn are not among them. */
export function executedDocuments(text: string, parameters: Record<string, string> = {}): string[] {
  if (!text.includes('ExecuteDocument')) return [];
  const { document } = checkDocument(text);
  if (!document) return [];
  const literals = Object.entries(parameters).map(([name, literal]): [string, Part[]] => [name, [{ literal }]]);
  // What is wrong is told when it is compiled.
  const report = () => {};
  const values = parameterValues(document, new Map(literals), report, () => ({ offset: 0, end: 0, path: [] }));
  const phases = document.phases.map(({ name }) => name);
  const scope: Scope = { values, steps: new Map(), phases, report, budget: { left: resolveBudget } };
  const steps = document.phases.flatMap((phase) => phase.steps);
  const references = steps.flatMap((step) => {
    const { call } = step;
    const known = call.document && knownText(resolverOf(scope, step).resolve(call.document.document));
    return known ? [known] : [];
  });
  return [...new Set(references)];
}
