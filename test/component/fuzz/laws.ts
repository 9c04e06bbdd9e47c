// What holds of the compiler for every text.
import { compileDocument, type Target } from '../../../shared/component/compile.ts';
import { diagnosticCodes } from '../../../shared/component/diagnostic.ts';
import { mutate, numbersFrom } from './mutate.ts';
import { innerDocument, seeds } from './seeds.ts';

const longest = 2000;

const target: Target = {
  name: 'example',
  phases: ['build', 'validate', 'test'],
  parameters: {},
  runKey: 'key',
  documents: (reference) => (reference === 'inner.yml' ? { name: reference, text: innerDocument } : undefined),
};

export type Tally = { documents: number; compiled: number; codes: Map<string, number>; slowest: number };

/** The document of a number. */
export function documentOf(number: number): string {
  const below = numbersFrom(number);
  return mutate(seeds[number % seeds.length] ?? '', below);
}

/** Compiles the documents of `count` numbers; throws at the first that breaks a law, and says its number. */
export function fuzz(from: number, count: number): Tally {
  const tally: Tally = { documents: 0, compiled: 0, codes: new Map(), slowest: 0 };
  for (let number = from; number < from + count; number += 1) {
    const text = documentOf(number);
    const problem = problemOf(text, number, tally);
    if (problem) throw new Error(`document ${number}: ${problem}\n${text}`);
  }
  return tally;
}

function problemOf(text: string, number: number, tally: Tally): string | undefined {
  const begun = performance.now();
  let compiled: ReturnType<typeof compileDocument>;
  try {
    compiled = compileDocument(text, target);
  } catch (error) {
    return `it throws ${error instanceof Error ? error.stack : error}`;
  }
  const took = performance.now() - begun;
  tally.documents += 1;
  tally.slowest = Math.max(tally.slowest, took);
  if (took > longest) return `it takes ${Math.round(took)} ms`;
  const { script, diagnostics } = compiled;
  if (script) tally.compiled += 1;
  if (script && diagnostics.some(({ severity }) => severity === 'error')) return 'it has an error, and a script';
  if (script?.includes('\0')) return 'its script holds a NUL';
  for (const { code, offset, end, message } of diagnostics) {
    tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
    if (!diagnosticCodes.includes(code)) return `the code ${code} is not in the list`;
    if (!(offset >= 0 && end > offset && offset <= text.length))
      return `${code} is at ${offset}–${end}, outside of the text`;
    if (!/[.?]$/.test(message)) return `the message of ${code} is no sentence: ${message}`;
  }
  if (number % 20 === 0 && JSON.stringify(compileDocument(text, target)) !== JSON.stringify(compiled))
    return 'it compiles to something else a second time';
  return undefined;
}
