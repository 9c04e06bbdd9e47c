// The loop of a step: over numbers, over a list, or over the pieces of a text.
import { isMap, isSeq } from 'yaml';
import type { Position } from './diagnostic.ts';
import { type Fields, readFields } from './fields.ts';
import { type LocatedText, type Nodes, readList, readText, type Value } from './node.ts';

export type Loop = { name?: string; at: Position; over: LoopSource };

export type LoopSource =
  | { start: number; end: number; updateBy: number }
  | { items: LocatedText[] }
  | { list: LocatedText; delimiter: string };

/** A document that asks for more has a mistake in it, and their values would fill the memory. */
const mostIterations = 100_000;

/** Undefined after a report. */
export function readLoop(value: Value, nodes: Nodes): Loop | undefined {
  const fields = readFields(nodes, value, 'A loop', ['name', 'for', 'forEach']);
  if (!fields) return undefined;
  const name = fields.text('name');
  const numbers = fields.entry('for');
  const each = fields.entry('forEach');
  if (name && !/^[A-Za-z0-9_-]{1,128}$/.test(name.text)) {
    const message = `"${name.text}" is not a possible loop name: 1 to 128 of the characters A-Z a-z 0-9 - _.`;
    nodes.report('invalid-name', message, name);
  }
  if (numbers && each) {
    nodes.report('invalid-value', 'A loop has either "for" or "forEach", this has both.', each.keyAt);
    return undefined;
  }
  if (!numbers && !each) {
    nodes.report('missing-key', 'A loop needs "for" or "forEach".', value);
    return undefined;
  }
  const over = numbers ? readNumbers(numbers.value, nodes) : each && readEach(each.value, nodes);
  return over && { ...(name && { name: name.text }), at: name ?? value, over };
}

function readNumbers(value: Value, nodes: Nodes): LoopSource | undefined {
  const fields = readFields(nodes, value, '"for"', ['start', 'end', 'updateBy']);
  if (!fields) return undefined;
  const [start, end, updateBy] = ['start', 'end', 'updateBy'].map((key) => readNumber(key, fields, nodes));
  if (start === undefined || end === undefined || updateBy === undefined) return undefined;
  const count = Math.floor((end - start) / updateBy) + 1;
  const sequence = `from ${start} to ${end} by ${updateBy}`;
  const problem =
    updateBy === 0 || count < 1
      ? `The loop ${sequence} never reaches its end.`
      : `The loop ${sequence} has ${count} iterations; ${mostIterations} are possible.`;
  if (updateBy !== 0 && count >= 1 && count <= mostIterations) return { start, end, updateBy };
  nodes.report('invalid-value', problem, value);
  return undefined;
}

function readNumber(key: string, fields: Fields, nodes: Nodes): number | undefined {
  if (!fields.needed(key)) return undefined;
  const text = fields.text(key);
  if (text && /^[-+]?[0-9]{1,9}$/.test(text.text)) return Number(text.text);
  const message = `"${key}" is "${text?.text ?? ''}"; it must be a whole number, and cannot hold a reference.`;
  nodes.report('invalid-value', message, text ?? fields.entry(key)?.value ?? fields.entry(key)!.keyAt);
  return undefined;
}

/** The delimiters of the language; `\n` and `\t` also as written in single quotes. */
const delimiters: Record<string, string> = { '\\n': '\n', '\\t': '\t' };

function readEach(value: Value, nodes: Nodes): LoopSource | undefined {
  const node = nodes.resolve(value);
  if (isSeq(node)) {
    const items = (readList(nodes, value, '"forEach"') ?? []).map((item) =>
      readText(nodes, item, 'An item of "forEach"'),
    );
    return { items: items.filter((item) => item !== undefined) };
  }
  if (!isMap(node)) {
    const message = '"forEach" must be a list, or a mapping with "list" and "delimiter".';
    nodes.report('wrong-type', message, value);
    return undefined;
  }
  const fields = readFields(nodes, value, '"forEach"', ['list', 'delimiter']);
  const list = fields?.needed('list') && fields.text('list');
  if (!fields || !list) return undefined;
  const text = fields.text('delimiter');
  const delimiter = delimiters[text?.text ?? ','] ?? text?.text ?? ',';
  if (text && !['.', ',', ';', ':', '\n', '\t', ' ', '-', '_'].includes(delimiter)) {
    const message = `The delimiter is "${text.text}"; it must be one of . , ; : - _ a blank, a tab or a newline.`;
    nodes.report('invalid-value', message, text);
  }
  return { list, delimiter };
}

/** All texts that may hold references. */
export function loopTexts(loop: Loop | undefined): LocatedText[] {
  if (!loop) return [];
  if ('items' in loop.over) return loop.over.items;
  return 'list' in loop.over ? [loop.over.list] : [];
}
