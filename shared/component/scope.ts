// Resolves the references of a step's texts, as far as they can be when a document is compiled.
import type { Resolve } from './actions/action.ts';
import type { Report } from './diagnostic.ts';
import type { Step } from './document.ts';
import { findInput, type Given } from './given.ts';
import type { LocatedText } from './node.ts';
import type { Part, RunTimeValue } from './program.ts';
import { escapeQuotes, quote } from './quote.ts';
import { type Reference, type Secret, segments } from './reference.ts';

/** What the references of one document can refer to. */
export type Scope = {
  /** Of parameters and constants: text, or for a nested document what the outer one knows only later. */
  values: Map<string, Part[]>;
  /** The steps to run, by `phase.step`, with their index in the program. */
  steps: Map<string, { index: number; step: Step }>;
  phases: string[];
  report: Report;
  /** How many references may still be resolved: chained inputs could otherwise double from step to step. */
  budget: { left: number };
};

export const resolveBudget = 20_000;

/** References to a loop are literal text where the step has none of that name, and in its condition. */
export function resolverOf(scope: Scope, step?: Step): { resolve: Resolve; quoted: Resolve } {
  const resolve: Resolve = (text) => segments(text.text).flatMap((segment) => resolveSegment(segment, text));

  /** One word of bash: between single quotes, where every reference's value stands quoted too. */
  const quoted: Resolve = (text) => {
    const parts = resolve(text);
    const literal = parts.map((part) => ('literal' in part ? part.literal : '')).join('');
    if (parts.every((part) => 'literal' in part)) return [{ literal: quote(literal) }];
    const inside = parts.map(
      (part): Part => ('literal' in part ? { literal: escapeQuotes(part.literal) } : { ...part, quoted: true }),
    );
    return [{ literal: "'" }, ...inside, { literal: "'" }];
  };

  return { resolve, quoted };

  function resolveSegment(segment: string | { reference: Reference; source: string }, text: LocatedText): Part[] {
    if (typeof segment === 'string') return [{ literal: segment }];
    const { reference, source } = segment;
    scope.budget.left -= 1;
    if (scope.budget.left < 0) {
      const message = `References to inputs that hold references stand for more than ${resolveBudget} values; write fewer.`;
      if (scope.budget.left === -1) scope.report('too-many-aliases', message, text);
      return [];
    }
    switch (reference.kind) {
      // Values are put in once, as they are: a `{{ }}` in a value is not expanded again.
      case 'name':
        return scope.values.get(reference.name) ?? [];
      case 'loop':
        if (!step?.loop || (reference.loop !== 'loop' && reference.loop !== step.loop.name))
          return [{ literal: source }];
        return [{ value: { loop: reference.of } }];
      case 'secret': {
        const value = secretValue(reference.secret);
        return value ? [{ value }] : [];
      }
      case 'chained':
        return chained(reference, source, text);
    }
  }

  function chained(reference: Extract<Reference, { kind: 'chained' }>, source: string, text: LocatedText): Part[] {
    const target = scope.steps.get(`${reference.phase}.${reference.step}`);
    if (!target) {
      const message = `${source}: that phase is not among those to run (${scope.phases.join(', ')}).`;
      scope.report('unreachable-reference', message, text);
      return [];
    }
    if (reference.of === 'outputs') return [{ value: { outputOf: target.index, variable: reference.variable } }];
    return inputParts(findInput(target.step.inputs, reference.index, reference.variable), target.step);
  }

  /** Several texts stand each on a line. */
  function inputParts(given: Given | undefined, of: Step): Part[] {
    if (given === undefined || given instanceof Map) return [];
    const { resolve: resolveThere } = resolverOf(scope, of);
    if (!Array.isArray(given)) return resolveThere(given);
    return given.flatMap((one, index) => [...(index > 0 ? [{ literal: '\n' }] : []), ...inputParts(one, of)]);
  }

  function secretValue(secret: Secret): RunTimeValue | undefined {
    if ('store' in secret) return { secret: secret.store };
    if ('namedBy' in secret) {
      const value = secretValue(secret.namedBy);
      return value && { secretNamedBy: value };
    }
    const [part, ...more] = scope.values.get(secret.parameter) ?? [];
    if (!part || more.length > 0) return undefined;
    return 'literal' in part ? { secret: part.literal } : { secretNamedBy: part.value };
  }
}

/** The text of pieces, or undefined where one of them is known only later. */
export function knownText(parts: Part[]): string | undefined {
  return parts.every((part) => 'literal' in part) ? parts.map(({ literal }) => literal).join('') : undefined;
}
