// Documents to the steps of one program: its own, and behind them those of the documents that its steps run.
import { actionModules } from './actions/table.ts';
import { conditionFile } from './condition/emit.ts';
import type { Report } from './diagnostic.ts';
import type { ComponentDocument, Step } from './document.ts';
import { describeInputs } from './inputs.ts';
import { type Documents, readNested } from './nested.ts';
import type { Part, ProgramDocument, ProgramLoop, ProgramStep } from './program.ts';
import { resolverOf, type Scope } from './scope.ts';

/** One document with what it runs in. */
export type Linked = {
  document: ComponentDocument;
  /** The text of this document and of those that run it, outermost first, by their names. */
  chain: { name: string; text: string }[];
  /** All phases when absent. */
  phases?: string[];
  values: Map<string, Part[]>;
  report: Report;
};

export type Linker = { steps: ProgramStep[]; documents: Documents; budget: { left: number } };

/** Adds the steps of a document's phases to the program, in the document's order, one behind the other. */
export function link(linked: Linked, linker: Linker): { first: number; count: number } {
  const { document, values, report } = linked;
  const selected = document.phases.filter(({ name }) => !linked.phases || linked.phases.includes(name));
  const order = selected.flatMap((phase) => phase.steps.map((step) => ({ phase, step })));
  const first = linker.steps.length;
  const scope: Scope = {
    values,
    steps: new Map(order.map(({ phase, step }, at) => [`${phase.name}.${step.name}`, { index: first + at, step }])),
    phases: linked.phases ?? document.phases.map(({ name }) => name),
    report,
    budget: linker.budget,
  };
  // Their places are taken before nested documents take theirs.
  const own = order.map(({ phase, step }) => programStep(phase.name, step, scope, document.hidden || phase.hidden));
  linker.steps.push(...own);
  for (const [at, { step }] of order.entries()) {
    const nested = step.call.document && linkNested(step, scope, linked, linker);
    const place = own[at];
    if (place && nested) place.document = nested;
  }
  return { first, count: own.length };
}

function programStep(phase: string, step: Step, scope: Scope, hidden: boolean): ProgramStep {
  const { name, action, timeoutSeconds, onFailure, maxAttempts, condition, loop, call } = step;
  const { resolve, quoted } = resolverOf(scope, step);
  const inputs = describeInputs(step.inputs, scope.values);
  return {
    phase,
    name,
    action,
    // A reboot and another document take the time that they take.
    timeoutSeconds: call.thenReboot || call.document ? -1 : timeoutSeconds,
    onFailure,
    maxAttempts,
    outputs: [...(actionModules.get(action)?.outputs ?? [])],
    script: call.emit(resolve, quoted, scope.report),
    ...((hidden || step.hidden) && { hidden: true }),
    ...(condition && {
      condition: {
        file: conditionFile(condition.condition, { ...resolverOf(scope), report: scope.report }),
        whenTrue: condition.whenTrue,
        whenFalse: condition.whenFalse,
      },
    }),
    ...(loop && { loop: programLoop(step, scope) }),
    ...(call.thenReboot && { thenReboot: true }),
    ...(inputs !== undefined && { inputs }),
  };
}

function programLoop({ loop }: Step, scope: Scope): ProgramLoop {
  const { resolve } = resolverOf(scope);
  const over = loop?.over ?? { items: [] };
  const name = loop?.name === undefined ? {} : { name: loop.name };
  if ('start' in over) return { ...name, ...over };
  if ('items' in over) return { ...name, items: over.items.map(resolve) };
  return { ...name, list: resolve(over.list), delimiter: over.delimiter };
}

function linkNested(step: Step, scope: Scope, linked: Linked, linker: Linker): ProgramDocument | undefined {
  const nested = readNested(step, scope, linked, linker.documents);
  if (!nested) return undefined;
  const { first, count } = link(nested.linked, linker);
  const { name, description } = nested.linked.document;
  return {
    name: name ?? nested.name,
    ...(description !== undefined && { description }),
    first,
    count,
    arguments: nested.arguments,
  };
}
