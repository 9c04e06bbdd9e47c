// The values of a document's parameters and constants: given, or the document's own.
import type { Position, Report } from './diagnostic.ts';
import type { ComponentDocument } from './document.ts';
import type { Part } from './program.ts';
import { nearest } from './spelling.ts';

/** `given`: values by name, as pieces; those of nested documents may be known only later. `at`: where a value stands that the document does not declare. */
export function parameterValues(
  document: ComponentDocument,
  given: Map<string, Part[]>,
  report: Report,
  at: (name: string) => Position,
): Map<string, Part[]> {
  const values = new Map<string, Part[]>(document.constants.map(({ name, value }) => [name, [{ literal: value }]]));
  for (const { name, default: preset, at: declared } of document.parameters) {
    const value = given.get(name) ?? (preset === undefined ? undefined : [{ literal: preset }]);
    if (value === undefined) {
      const message = `The parameter "${name}" has no default and was given no value; supply one with the component in the recipe.`;
      report('missing-parameter', message, declared);
    } else if (value.some((part) => 'literal' in part && part.literal.includes('\0'))) {
      const message = `The value of the parameter "${name}" holds a NUL character, which no shell script can hold.`;
      report('nul-character', message, declared);
    } else values.set(name, value);
  }
  const declared = document.parameters.map(({ name }) => name);
  for (const name of [...given.keys()].filter((one) => !declared.includes(one))) {
    const choices = declared.map((one) => `"${one}"`).join(', ') || 'none';
    const meant = nearest(name, declared);
    const advice = meant ? `; did you mean "${meant}"?` : `; it declares ${choices}.`;
    const message = `A value is given for the parameter "${name}", which the document does not declare${advice}`;
    report('undeclared-parameter', message, at(name));
  }
  return values;
}
