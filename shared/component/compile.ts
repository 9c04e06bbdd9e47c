// The compiler of component documents: parse → schema → check → link → emit, each total.
import { checkDocument } from './check-document.ts';
import { type Diagnostic, diagnosticList } from './diagnostic.ts';
import { longestRun } from './duration.ts';
import { emit } from './emit.ts';
import { link } from './link.ts';
import type { Documents } from './nested.ts';
import { parameterValues } from './parameters.ts';
import type { Host, Part, ProgramStep } from './program.ts';
import { resolveBudget } from './scope.ts';
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
  /** Where the documents of ExecuteDocument steps are; without it none can be had. */
  documents?: Documents;
  /** The last line on stdout but for the summary is `::detailedoutput:: ` with detailedoutput.json as gzip in base64. */
  detailedOutput?: boolean;
  /** Places on the machine, for runs that must not touch /var/lib. */
  host?: Host;
};

export type Compilation = {
  /** Absent when there is an error, or no step in the asked phases. */
  script?: string;
  /** Steps of the asked phases, those of nested documents not counted. */
  steps: number;
  /** Seconds after which the script has ended by its own time-outs; absent when a step has none. */
  seconds?: number;
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
  const { name, phases, runKey, workingDirectory = '/tmp', host, documents = () => undefined } = target;
  const given = new Map(
    Object.entries(target.parameters).map(([key, value]): [string, Part[]] => [key, [{ literal: value }]]),
  );
  const values = parameterValues(document, given, report, (key) => ({ path: ['parameters', key], offset: 0, end: 1 }));
  const steps: ProgramStep[] = [];
  const linker = { steps, documents, budget: { left: resolveBudget } };
  const { count } = link({ document, chain: [{ name, text }], phases, values, report }, linker);
  if (failed() || count === 0) return { steps: 0, diagnostics: sorted() };
  const { description } = document;
  const script = emit({
    name,
    runKey,
    workingDirectory,
    steps,
    ownSteps: count,
    detailedOutput: target.detailedOutput ? 'print' : 'file',
    ...(description !== undefined && { description }),
    ...(host && { host }),
  });
  const size = sentScript(script).length;
  if (size > sentLimit) {
    const message = `The script of this document has ${size} bytes as sent to the instance; ${sentLimit} are possible. Split the document, or fetch large files in a step.`;
    report('script-too-large', message, { path: ['phases'], offset: 0, end: 1 });
    return { steps: 0, diagnostics: sorted() };
  }
  const seconds = longestRun(steps, count);
  return { script, steps: count, ...(seconds !== undefined && { seconds }), diagnostics: sorted() };
}
