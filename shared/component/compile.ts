// The compiler of component documents: parse → schema → check → emit, each total.
import { checkDocument } from './check-document.ts';
import { type Diagnostic, diagnosticList, type Report } from './diagnostic.ts';
import type { ComponentDocument, Step } from './document.ts';
import { emit } from './emit.ts';
import type { LocatedText } from './node.ts';
import type { Host, Part, ProgramStep } from './program.ts';
import { segments } from './reference.ts';
import { sentLimit, sentScript } from './sent-script.ts';

/** What a document is compiled for. */
export type Target = {
  /** The component's name, for messages; the document's own name is not used (Image Builder does the same). */
  name: string;
  phases: string[];
  /** Values by parameter name; those not given have the document's default. */
  parameters: Record<string, string>;
  /** Absolute; `/tmp` when not given, Image Builder's default for Linux. It is made if missing. */
  workingDirectory?: string;
  /** One key is one run: a second copy of the script returns the first one's result. */
  runKey: string;
  /** Places on the machine, for runs that must not touch /var/lib. */
  host?: Host;
};

export type Compilation = {
  /** Absent when there is an error, or no step in the asked phases. */
  script?: string;
  /** Steps of the asked phases. */
  steps: number;
  diagnostics: Diagnostic[];
};

/**
 * Compiles the asked phases of a component document, in the document's order, to one bash script.
 * Total: any text in, a value out; it never throws. Same document, same target, same bytes.
 */
export function compileDocument(text: string, target: Target): Compilation {
  const { document, diagnostics } = checkDocument(text);
  if (!document) return { steps: 0, diagnostics };
  const { report, failed, sorted } = diagnosticList();
  for (const { code, message, severity, ...at } of diagnostics) report(code, message, at, severity);
  const values = valuesOf(document, target.parameters, report);
  const steps = selectSteps(document, target.phases, values, report);
  if (failed()) return { steps: 0, diagnostics: sorted() };
  if (steps.length === 0) return { steps: 0, diagnostics: sorted() };
  const { name, runKey, workingDirectory = '/tmp', host } = target;
  const script = emit({ name, runKey, workingDirectory, steps, ...(host && { host }) });
  const size = sentScript(script).length;
  if (size > sentLimit) {
    const message = `The script of this document has ${size} bytes as sent to the instance; ${sentLimit} are possible. Split the document, or fetch large files in a step.`;
    report('script-too-large', message, { path: ['phases'], offset: 0, end: 1 });
    return { steps: 0, diagnostics: sorted() };
  }
  return { script, steps: steps.length, diagnostics: sorted() };
}

function valuesOf(document: ComponentDocument, given: Record<string, string>, report: Report): Map<string, string> {
  const values = new Map(document.constants.map(({ name, value }) => [name, value]));
  for (const { name, default: preset, at } of document.parameters) {
    const value = Object.hasOwn(given, name) ? given[name] : preset;
    if (value === undefined) {
      const message = `The parameter "${name}" has no default and was given no value; supply one with the component in the recipe.`;
      report('missing-parameter', message, at);
    } else if (value.includes('\0')) {
      report(
        'nul-character',
        `The value of the parameter "${name}" holds a NUL character, which no shell script can hold.`,
        at,
      );
    } else values.set(name, value);
  }
  const declared = new Set(document.parameters.map(({ name }) => name));
  for (const name of Object.keys(given).filter((one) => !declared.has(one))) {
    const choices = [...declared].map((one) => `"${one}"`).join(', ') || 'none';
    const message = `A value is given for the parameter "${name}", which the document does not declare; it declares ${choices}.`;
    report('undeclared-parameter', message, { path: ['parameters', name], offset: 0, end: 1 });
  }
  return values;
}

function selectSteps(
  document: ComponentDocument,
  phases: string[],
  values: Map<string, string>,
  report: Report,
): ProgramStep[] {
  const selected = document.phases.filter((phase) => phases.includes(phase.name));
  const order = selected.flatMap((phase) => phase.steps.map((step) => ({ phase: phase.name, step })));
  const places = new Map(order.map((one, index) => [`${one.phase}.${one.step.name}`, index]));
  return order.map(({ phase, step }) => programStep(phase, step));

  function programStep(phase: string, step: Step): ProgramStep {
    const { name, action, timeoutSeconds, onFailure, maxAttempts } = step;
    return { phase, name, action, timeoutSeconds, onFailure, maxAttempts, script: step.call.emit(resolve) };
  }

  /** Values of parameters and constants are put in once, as they are: a `{{ }}` in a value is not expanded again. */
  function resolve(text: LocatedText): Part[] {
    return segments(text.text).map((segment): Part => {
      if (typeof segment === 'string') return { literal: segment };
      const { reference, source } = segment;
      if (reference.kind === 'name') return { literal: values.get(reference.name) ?? '' };
      const index = reference.kind === 'chained' ? places.get(`${reference.phase}.${reference.step}`) : undefined;
      if (index !== undefined) return { outputOf: index };
      report('unreachable-reference', `${source}: that phase is not among those to run (${phases.join(', ')}).`, text);
      return { literal: '' };
    });
  }
}
