// A step's inputs for the detailed output: a JSON text inside of a JSON string, as AWSTOE has it.
import type { Given } from './given.ts';
import type { Part } from './program.ts';
import { segments } from './reference.ts';
import { knownText } from './scope.ts';

/** Longer inputs are cut, since they stand in the script twice then. */
const longest = 2048;

/** With the values of parameters and constants; a reference whose value is known only later, or a secret, stays a reference. */
export function describeInputs(given: Given | undefined, values: Map<string, Part[]>): string | undefined {
  if (given === undefined) return undefined;
  const text = JSON.stringify(plain(given, values));
  return JSON.stringify(text.length > longest ? `${text.slice(0, longest).toWellFormed()} (cut)` : text);
}

function plain(given: Given, values: Map<string, Part[]>): unknown {
  if (Array.isArray(given)) return given.map((one) => plain(one, values));
  if (given instanceof Map) return Object.fromEntries([...given].map(([key, one]) => [key, plain(one, values)]));
  const texts = segments(given.text).map((segment) => {
    if (typeof segment === 'string') return segment;
    const { reference, source } = segment;
    return (reference.kind === 'name' ? knownText(values.get(reference.name) ?? []) : undefined) ?? source;
  });
  return texts.join('');
}
