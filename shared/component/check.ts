// What a well-formed document must also keep to: unique names, a known phase, references that lead somewhere.
import { actionModules } from './actions/table.ts';
import type { Position, Report } from './diagnostic.ts';
import { type ComponentDocument, stageOf } from './document.ts';
import type { LocatedText, Nodes } from './node.ts';
import { type Reference, segments } from './reference.ts';
import { nearest } from './spelling.ts';

const knownPhases = ['build', 'validate', 'test'];

/** Reports everything wrong with the document's meaning. */
export function check(document: ComponentDocument, nodes: Nodes, root: Position): void {
  const { report } = nodes;
  unique([...document.parameters, ...document.constants], 'parameters and constants', report);
  unique(document.phases, 'the phases', report);
  for (const phase of document.phases) {
    unique(phase.steps, `phase "${phase.name}"`, report);
    if (knownPhases.includes(phase.name) || phase.name === '') continue;
    const message = `Phase "${phase.name}" is never run by an image build; the phases that are run are build, validate and test.`;
    report('unrun-phase', message, phase.at, 'warning');
  }
  if (document.phases.length > 0 && !document.phases.some((phase) => knownPhases.includes(phase.name))) {
    const message = 'No phase of this document is build, validate or test: an image build would run nothing of it.';
    report('no-known-phase', message, document.phases[0]?.at ?? root);
  }
  checkReferences(document, nodes);
}

function unique(things: { name: string; at: Position }[], where: string, report: Report): void {
  const seen = new Set<string>();
  for (const { name, at } of things) {
    if (seen.has(name)) report('duplicate-name', `The name "${name}" stands twice in ${where}.`, at);
    seen.add(name);
  }
}

function checkReferences(document: ComponentDocument, nodes: Nodes): void {
  const known = new Set([...document.parameters, ...document.constants].map(({ name }) => name));
  const order = document.phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const places = new Map(order.map((one, index) => [`${one.phase}.${one.step.name}`, index]));
  for (const [here, { phase, step }] of order.entries()) {
    for (const text of step.call.texts) {
      let from = 0;
      for (const segment of segments(text.text)) {
        if (typeof segment === 'string') continue;
        const at = placeOf(text, segment.source, from, nodes);
        from = at.end;
        checkReference(segment.reference, segment.source, at, { here, phase });
      }
    }
  }

  function checkReference(
    reference: Reference,
    source: string,
    at: Position,
    from: { here: number; phase: string },
  ): void {
    const { report } = nodes;
    if (reference.kind === 'ssm') {
      report(
        'unsupported-ssm-reference',
        `${source}: values of Parameter Store and Secrets Manager are not supported yet.`,
        at,
      );
    } else if (reference.kind === 'name') {
      if (known.has(reference.name)) return;
      const meant = nearest(reference.name, known);
      const advice = meant ? `did you mean "${meant}"?` : 'declare it under "parameters" or "constants".';
      report('undeclared-reference', `${source}: there is no parameter or constant "${reference.name}"; ${advice}`, at);
    } else if (reference.of === 'inputs') {
      report('unsupported-input-reference', `${source}: references to the inputs of a step are not supported yet.`, at);
    } else checkOutput(reference, source, at, from);
  }

  function checkOutput(
    reference: Extract<Reference, { kind: 'chained' }>,
    source: string,
    at: Position,
    from: { here: number; phase: string },
  ): void {
    const { report } = nodes;
    const key = `${reference.phase}.${reference.step}`;
    const there = places.get(key);
    const target = there === undefined ? undefined : order[there];
    if (there === undefined || !target) {
      report(
        'unknown-step-reference',
        `${source}: there is no step "${reference.step}" in a phase "${reference.phase}".`,
        at,
      );
    } else if (stageOf(reference.phase) !== stageOf(from.phase)) {
      const message = `${source}: ${reference.phase} and ${from.phase} run on different machines; write the value to a file of the image instead.`;
      report('cross-stage-reference', message, at);
    } else if (there >= from.here) {
      report('forward-reference', `${source}: the step has not run yet when this one does.`, at);
    } else {
      const outputs = actionModules.get(target.step.action)?.outputs ?? [];
      if (outputs.includes(reference.variable) && (reference.index ?? 0) === 0) return;
      const choices = outputs.length > 0 ? `its outputs are ${outputs.join(', ')}` : 'it has none';
      report('unknown-output', `${source}: ${target.step.action} has no such output; ${choices}.`, at);
    }
  }
}

/** Where a reference stands: its text looked for in the source of the scalar, since quotes, folding and aliases move it. */
function placeOf(text: LocatedText, source: string, from: number, nodes: Nodes): Position {
  const start = Math.max(0, from - text.offset);
  const index = nodes.slice(text).indexOf(source, start);
  if (index < 0) return text;
  return { path: text.path, offset: text.offset + index, end: text.offset + index + source.length };
}
