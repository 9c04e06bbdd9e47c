// The inputs of an action module as a table: their names, what they may be, and how they are read, checked and given to bash.
import { readFields } from '../fields.ts';
import { isNothing, type LocatedText, type Nodes, readList, type Value } from '../node.ts';
import type { Part } from '../program.ts';
import type { Resolve } from './action.ts';

export type Input = {
  key: string;
  required: boolean;
  /** What bash gets when the input is absent. */
  preset: string;
  /** What is wrong with a text that holds no reference; bash judges the others at run time. */
  problem(text: string): string | undefined;
};

/** The values of one item of inputs that are there, by key. */
export type InputValues = Map<string, LocatedText>;

const fine = () => undefined;

/** Any text. */
export function text(key: string, preset = ''): Input {
  return { key, required: false, preset, problem: fine };
}

/** A text that must be there and not be empty. */
export function needed(key: string, problem: Input['problem'] = fine): Input {
  return {
    key,
    required: true,
    preset: '',
    problem: (given) => (given === '' ? 'it must not be empty' : problem(given)),
  };
}

export function flag(key: string, preset: boolean): Input {
  return {
    key,
    required: false,
    preset: String(preset),
    problem: (given) => (/^(true|false)$/i.test(given) ? undefined : 'it must be true or false'),
  };
}

/** An optional text of a certain form. */
export function formed(key: string, preset: string, form: RegExp, rule: string): Input {
  return {
    key,
    required: false,
    preset,
    problem: (given) => (form.test(given) ? undefined : `it must be ${rule}`),
  };
}

/** Whether a text can be judged before the run. */
export function isKnown(text: LocatedText | undefined): text is LocatedText {
  return text !== undefined && !text.text.includes('{{');
}

/** Reads one mapping of inputs; `what` names it in messages. Undefined after a report of something that is missing or of the wrong kind. */
export function readItem(nodes: Nodes, value: Value, what: string, inputs: Input[], others: string[] = []) {
  const fields = readFields(nodes, value, what, [...inputs.map(({ key }) => key), ...others]);
  if (!fields) return undefined;
  const values: InputValues = new Map();
  let complete = true;
  for (const input of inputs) {
    const entry = fields.entry(input.key);
    if (input.required && (!entry || isNothing(nodes, entry.value))) {
      if (fields.needed(input.key)) nodes.report('missing-key', `"${input.key}" has no value.`, entry?.keyAt ?? value);
      complete = false;
    }
    const given = fields.text(input.key);
    if (!given) continue;
    values.set(input.key, given);
    const problem = isKnown(given) ? input.problem(given.text) : undefined;
    if (problem) nodes.report('invalid-value', `"${input.key}" is "${given.text}"; ${problem}.`, given);
  }
  return complete ? { fields, values } : undefined;
}

/** The items of a list of inputs; reports what is no list, or an empty one. */
export function readItems(nodes: Nodes, given: Value | undefined, module: string, at: Value): Value[] | undefined {
  if (!given) {
    nodes.report('missing-key', `${module} needs "inputs", a list with an item for each thing to do.`, at);
    return undefined;
  }
  const items = readList(nodes, given, `The inputs of ${module}`);
  if (items?.length === 0)
    nodes.report('empty-list', `The inputs of ${module} are empty; a step needs something to do.`, given);
  return items?.length === 0 ? undefined : items;
}

/** The words of bash for the inputs in the order of the table, each behind a blank. */
export function words(inputs: Input[], values: InputValues, quoted: Resolve): Part[] {
  return inputs.flatMap((input) => {
    const given = values.get(input.key);
    return [{ literal: ' ' }, ...(given ? quoted(given) : [{ literal: `'${input.preset}'` }])];
  });
}
