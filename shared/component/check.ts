// What a well-formed document must also keep to: unique names, a known phase, references that lead somewhere.
import { checkReferences } from './check-references.ts';
import type { Position, Report } from './diagnostic.ts';
import type { ComponentDocument } from './document.ts';
import type { Nodes } from './node.ts';
import { warnOfUnquoted } from './unquoted.ts';

const knownPhases = ['build', 'validate', 'test'];

/** Reports everything wrong with the document's meaning. */
export function check(document: ComponentDocument, nodes: Nodes, root: Position): void {
  const { report } = nodes;
  unique([...document.parameters, ...document.constants], 'parameters and constants', report);
  unique(document.phases, 'the phases', report);
  for (const phase of document.phases) {
    unique(phase.steps, `phase "${phase.name}"`, report);
    const loops = phase.steps.flatMap(({ loop }) =>
      loop?.name === undefined ? [] : [{ name: loop.name, at: loop.at }],
    );
    unique(loops, `the loops of phase "${phase.name}"`, report);
    if (knownPhases.includes(phase.name) || phase.name === '') continue;
    const message = `Phase "${phase.name}" is never run by an image build; the phases that are run are build, validate and test.`;
    report('unrun-phase', message, phase.at, 'warning');
  }
  if (document.phases.length > 0 && !document.phases.some((phase) => knownPhases.includes(phase.name))) {
    const message = 'No phase of this document is build, validate or test: an image build would run nothing of it.';
    report('no-known-phase', message, document.phases[0]?.at ?? root);
  }
  checkReferences(document, nodes);
  warnOfUnquoted(document, nodes);
}

function unique(things: { name: string; at: Position }[], where: string, report: Report): void {
  const seen = new Set<string>();
  for (const { name, at } of things) {
    if (seen.has(name)) report('duplicate-name', `The name "${name}" stands twice in ${where}.`, at);
    seen.add(name);
  }
}
