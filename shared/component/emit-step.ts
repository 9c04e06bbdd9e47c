// One step as the driver wants it: a line in its table, and functions that print its files.
import { conditionFunctions } from './condition/functions.ts';
import { emitParts, type Shared } from './emit-parts.ts';
import type { Part, ProgramLoop, ProgramStep } from './program.ts';
import { quote } from './quote.ts';

/** `referred`: outputs, as `<index>.<name>`, that later steps refer to. */
export function emitStep(step: ProgramStep, index: number, referred: Set<string>, shared: Shared): string {
  const { phase, name, action, timeoutSeconds, onFailure, maxAttempts, outputs = [] } = step;
  const words = [phase, name, JSON.stringify(name), action, timeoutSeconds, onFailure, maxAttempts];
  const kept = outputs.filter((output) => referred.has(`${index}.${output}`));
  const { condition, loop, document } = step;
  return [
    `step ${words.map((word) => quote(String(word))).join(' ')}`,
    ...set('outputs', index, outputs.join(' ')),
    ...set('kept', index, kept.join(' ')),
    ...set('hidden', index, step.hidden ? '1' : ''),
    ...set('reboots', index, step.thenReboot ? '1' : ''),
    ...set('inputs', index, step.inputs ?? ''),
    ...set('conditions', index, condition ? `${condition.whenTrue} ${condition.whenFalse}` : ''),
    ...(condition ? emitFunction(`condition_${index}`, emitParts(withoutFunctions(condition.file), shared)) : []),
    ...set('loops', index, loop ? JSON.stringify(loopDetail(loop)) : ''),
    ...(loop ? emitFunction(`loop_${index}`, emitLoop(loop)) : []),
    ...(document
      ? [
          `documents[${index}]='${document.first} ${document.count}'`,
          `document_details[${index}]=${quote(documentDetail(document))}`,
          ...emitFunction(`arguments_${index}`, emitItems(document.arguments)),
        ]
      : emitFunction(`script_${index}`, emitParts(step.script, shared))),
    '',
  ].join('\n');
}

function set(array: string, index: number, value: string): string[] {
  return value === '' ? [] : [`${array}[${index}]=${quote(value)}`];
}

function emitFunction(name: string, body: string): string[] {
  return [`${name}() {`, `  ${body}`, '}'];
}

/** The driver holds them once, and puts them before each condition. */
function withoutFunctions(file: Part[]): Part[] {
  return file.filter((part) => !('literal' in part && part.literal === conditionFunctions));
}

function emitLoop(loop: ProgramLoop): string {
  if ('start' in loop) return `numbers ${loop.start} ${loop.end} ${loop.updateBy}`;
  if ('items' in loop) return emitItems(loop.items);
  return `{\n  ${emitParts(loop.list)}; } >"$io/list" && pieces ${quote(loop.delimiter)}`;
}

function emitItems(items: Part[][]): string {
  return items.length === 0 ? ':' : items.map((item) => `${emitParts(item)} &&\n  end_item`).join(' &&\n  ');
}

/** What the detailed output tells of a document before it runs, as members of a JSON object. */
export function documentDetail({ name, description = '' }: { name: string; description?: string }): string {
  return JSON.stringify({ name, filePath: name, description }).slice(1, -1);
}

function loopDetail(loop: ProgramLoop): object {
  const name = loop.name ?? '';
  if ('start' in loop) return { name, for: { start: loop.start, end: loop.end, updateBy: loop.updateBy } };
  return { name, forEach: 'items' in loop ? { items: loop.items.length } : { delimiter: loop.delimiter } };
}

/** All lists of pieces of a step. */
export function partsOf({ script, condition, loop, document }: ProgramStep): Part[][] {
  const looped = loop && 'items' in loop ? loop.items : loop && 'list' in loop ? [loop.list] : [];
  return [script, ...(condition ? [condition.file] : []), ...looped, ...(document?.arguments ?? [])];
}
