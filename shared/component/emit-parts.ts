// Pieces of a bash file to the bash commands that print it when the script runs.
import type { Part, RunTimeValue } from './program.ts';
import { quote } from './quote.ts';

/** Long texts that several steps need, by the variable of the script that holds them: the functions of action modules. */
export type Shared = Map<string, string>;

const longText = 500;

export function sharedTexts(files: Part[][]): Shared {
  const texts = files
    .flat()
    .flatMap((part) => ('literal' in part && part.literal.length > longText ? [part.literal] : []));
  const repeated = [...new Set(texts.filter((text, index) => texts.indexOf(text) < index))];
  return new Map(repeated.map((text, index) => [text, `shared_${index}`]));
}

/** One command line: it prints the pieces, or fails with a reason. Neighbouring literals are joined: a command for each would be slow for long lists of commands. */
export function emitParts(parts: Part[], shared: Shared = new Map()): string {
  const commands: string[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') commands.push(`literal ${quote(literal)}`);
    literal = '';
  };
  for (const part of parts) {
    const variable = 'literal' in part ? shared.get(part.literal) : undefined;
    if (variable !== undefined) {
      flush();
      commands.push(`literal "$${variable}"`);
    } else if ('literal' in part) literal += part.literal;
    else {
      flush();
      commands.push(emitValue(part.value), part.quoted ? 'quoted "$value"' : 'literal "$value"');
    }
  }
  flush();
  return commands.length > 0 ? commands.join(' &&\n  ') : "literal ''";
}

/** A command that sets `value`. */
function emitValue(value: RunTimeValue): string {
  if ('outputOf' in value) return `output_of ${value.outputOf} ${quote(value.variable)}`;
  if ('loop' in value) return `value=$loop_${value.loop}`;
  if ('argument' in value) return `argument ${value.argument}`;
  if ('secret' in value) return `secret ${quote(value.secret)}`;
  return `${emitValue(value.secretNamedBy)} && secret "$value"`;
}

/** Every value that some pieces hold, those that only name another one included. */
export function valuesOf(parts: Part[]): RunTimeValue[] {
  const inner = (value: RunTimeValue): RunTimeValue[] =>
    'secretNamedBy' in value ? [value, ...inner(value.secretNamedBy)] : [value];
  return parts.flatMap((part) => ('value' in part ? inner(part.value) : []));
}
