// Every reference of a document must lead to something that is there, and known by then.
import { actionModules } from './actions/table.ts';
import { conditionTexts } from './condition/condition.ts';
import type { Position } from './diagnostic.ts';
import { type ComponentDocument, type Step, stageOf } from './document.ts';
import { findInput, textsOf } from './given.ts';
import { loopTexts } from './loop.ts';
import type { LocatedText, Nodes } from './node.ts';
import { placeOf } from './place.ts';
import { type Reference, type Secret, segments } from './reference.ts';
import { nearest } from './spelling.ts';

type Chained = Extract<Reference, { kind: 'chained' }>;

/** Where a reference stands: in which step, and whether that step's loop has values there. */
type From = { here: number; phase: string; step: Step; inLoop: boolean };

export function checkReferences(document: ComponentDocument, nodes: Nodes): void {
  const { report } = nodes;
  const known = new Set([...document.parameters, ...document.constants].map(({ name }) => name));
  const parameters = new Set(document.parameters.map(({ name }) => name));
  const order = document.phases.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const places = new Map(order.map((one, index) => [`${one.phase}.${one.step.name}`, index]));
  for (const [here, { phase, step }] of order.entries()) {
    for (const text of textsOf(step.inputs)) checkText(text, { here, phase, step, inLoop: true });
    for (const text of [...conditionTexts(step.condition?.condition), ...loopTexts(step.loop)])
      checkText(text, { here, phase, step, inLoop: false });
  }

  function checkText(text: LocatedText, from: From): void {
    let behind = 0;
    for (const segment of segments(text.text)) {
      if (typeof segment === 'string') continue;
      const at = placeOf(text, segment.source, behind, nodes);
      behind = at.end;
      checkReference(segment.reference, segment.source, at, from);
    }
  }

  function checkReference(reference: Reference, source: string, at: Position, from: From): void {
    if (reference.kind === 'name') checkName(reference.name, known, source, at);
    else if (reference.kind === 'loop') checkLoop(reference.loop, source, at, from);
    else if (reference.kind === 'secret') checkSecret(reference.secret, source, at);
    else checkChained(reference, source, at, from);
  }

  function checkName(name: string, names: Set<string>, source: string, at: Position): void {
    if (names.has(name)) return;
    const meant = nearest(name, names);
    const advice = meant ? `did you mean "${meant}"?` : 'declare it under "parameters" or "constants".';
    report('undeclared-reference', `${source}: there is no parameter or constant "${name}"; ${advice}`, at);
  }

  /** Literal text of other template languages has this form too: only what is meant for a loop is worth a warning. */
  function checkLoop(name: string, source: string, at: Position, { step, inLoop }: From): void {
    const meant = name === 'loop' || (step.loop !== undefined && step.loop.name === name);
    if (!meant || (step.loop && inLoop)) return;
    const where = step.loop ? 'A loop has values only in the inputs of its step' : 'This step has no loop';
    report('unexpanded-reference', `${where}: ${source} stays as it is.`, at, 'warning');
  }

  function checkSecret(secret: Secret, source: string, at: Position): void {
    if ('parameter' in secret) checkName(secret.parameter, parameters, source, at);
    if ('namedBy' in secret) checkSecret(secret.namedBy, source, at);
  }

  function checkChained(reference: Chained, source: string, at: Position, from: From): void {
    const there = places.get(`${reference.phase}.${reference.step}`);
    const target = there === undefined ? undefined : order[there];
    if (there === undefined || !target) {
      const message = `${source}: there is no step "${reference.step}" in a phase "${reference.phase}".`;
      report('unknown-step-reference', message, at);
    } else if (stageOf(reference.phase) !== stageOf(from.phase)) {
      const message = `${source}: ${reference.phase} and ${from.phase} run on different machines; write the value to a file of the image instead.`;
      report('cross-stage-reference', message, at);
    } else if (there >= from.here) {
      report('forward-reference', `${source}: the step has not run yet when this one does.`, at);
    } else if (reference.of === 'inputs') checkInput(reference, target.step, source, at);
    else checkOutput(reference, target.step, source, at);
  }

  function checkInput(reference: Chained, step: Step, source: string, at: Position): void {
    const given = findInput(step.inputs, reference.index, reference.variable);
    if (given === undefined || given instanceof Map) {
      const message = `${source}: the step has no such input; write inputs.<name>, or inputs[0].<name> where "inputs" is a list.`;
      report('unknown-input', message, at);
    } else if (step.loop && textsOf(given).some(({ text }) => usesLoop(text, step.loop?.name))) {
      const message = `${source}: that input has another value in each iteration of the step's loop.`;
      report('unknown-input', message, at);
    }
  }

  function checkOutput(reference: Chained, step: Step, source: string, at: Position): void {
    const outputs = actionModules.get(step.action)?.outputs ?? [];
    if (outputs.includes(reference.variable) && (reference.index ?? 0) === 0) return;
    const choices = outputs.length > 0 ? `its outputs are ${outputs.join(', ')}` : 'it has none';
    report('unknown-output', `${source}: ${step.action} has no such output; ${choices}.`, at);
  }
}

function usesLoop(text: string, name: string | undefined): boolean {
  return segments(text).some(
    (segment) =>
      typeof segment !== 'string' &&
      segment.reference.kind === 'loop' &&
      (segment.reference.loop === 'loop' || segment.reference.loop === name),
  );
}
