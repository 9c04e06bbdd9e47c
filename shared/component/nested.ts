// Finds the document that an ExecuteDocument step runs, and reads it as a part of the outer one.
import { checkDocument } from './check-document.ts';
import type { DiagnosticCode, Position, Report } from './diagnostic.ts';
import type { Step } from './document.ts';
import { locate } from './excerpt.ts';
import type { Linked } from './link.ts';
import { parameterValues } from './parameters.ts';
import type { Part } from './program.ts';
import { knownText, resolverOf, type Scope } from './scope.ts';

/** The text of a document by its reference (path, `s3://…`, ARN); undefined where it cannot be had. `name` stands in messages. */
export type Documents = (reference: string) => { text: string; name: string } | undefined;

/** Below the outermost document. */
const mostBelow = 3;

export type Nested = { name: string; linked: Linked; arguments: Part[][] };

/** Undefined after a report. */
export function readNested(step: Step, scope: Scope, outer: Linked, documents: Documents): Nested | undefined {
  const call = step.call.document;
  if (!call) return undefined;
  const { resolve } = resolverOf(scope, step);
  const { report } = scope;
  const reference = knownText(resolve(call.document));
  const phases = call.phases && knownText(resolve(call.phases));
  if (reference === undefined || (call.phases && phases === undefined)) {
    const message =
      'Which document and phases a step runs must be known when the document is compiled: use parameters, not outputs.';
    report('unresolved-document', message, call.document);
    return undefined;
  }
  const found = documents(reference);
  if (!found) {
    const message = `The document "${reference}" cannot be had where this one is compiled. Documents are read then, not on the instance: in a build give a registered component (name/x.x.x or its ARN), to component run and compile also the path of a file beside this one.`;
    report('unresolved-document', message, call.document);
    return undefined;
  }
  const again = outer.chain.find(({ name, text }) => name === found.name || text === found.text);
  if (again) {
    const message = `The document "${reference}" runs itself: ${[...outer.chain.map(({ name }) => name), found.name].join(' → ')}.`;
    report('document-cycle', message, call.document);
    return undefined;
  }
  if (outer.chain.length > mostBelow) {
    const message = `The document "${reference}" is more than ${mostBelow} levels below the outermost one.`;
    report('document-too-deep', message, call.document);
    return undefined;
  }
  const { document, diagnostics } = checkDocument(found.text);
  const inner = innerReport(found, call.document, report);
  for (const { code, message, severity, ...at } of diagnostics) inner(code, message, at, severity);
  if (!document) return undefined;
  const chain = [...outer.chain, found];
  return { name: found.name, ...passParameters(document, chain, phases) };

  function passParameters(document: Linked['document'], chain: Linked['chain'], phases: string | undefined) {
    const given = new Map<string, Part[]>();
    const later: Part[][] = [];
    for (const { name, value } of call?.parameters ?? []) {
      const parts = resolve(value);
      const known = knownText(parts);
      if (known !== undefined) given.set(name.text, [{ literal: known }]);
      else given.set(name.text, [{ value: { argument: later.push(parts) - 1 } }]);
    }
    const placeOf = (name: string) => call?.parameters.find((one) => one.name.text === name)?.name ?? step.at;
    const missing: Report = (code, message, at, severity) =>
      code === 'undeclared-parameter' ? report(code, message, at, severity) : inner(code, message, at, severity);
    const values = parameterValues(document, given, missing, placeOf);
    // An empty list of phases is none given.
    const names = phases ? phases.split(',').map((name) => name.trim()) : undefined;
    for (const name of names ?? []) {
      if (document.phases.some((phase) => phase.name === name)) continue;
      const message = `The document "${reference}" has no phase "${name}": nothing of it runs.`;
      report('unrun-phase', message, call?.phases ?? step.at, 'warning');
    }
    return { linked: { document, chain, ...(names && { phases: names }), values, report: inner }, arguments: later };
  }
}

/** Problems inside of the document are told at the step that runs it. */
function innerReport(found: { text: string; name: string }, at: Position, report: Report): Report {
  return (code: DiagnosticCode, message, inside, severity) => {
    const { line, column } = locate(found.text, inside.offset);
    report('nested-document', `${found.name}:${line}:${column}: ${code}: ${message}`, at, severity);
  };
}
