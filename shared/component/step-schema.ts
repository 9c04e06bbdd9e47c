// YAML nodes to one step of a phase.
import type { ActionCall } from './actions/action.ts';
import { actionModules } from './actions/table.ts';
import type { OnFailure, Step } from './document.ts';
import { type Fields, readFields } from './fields.ts';
import { readGiven } from './given.ts';
import { readLoop } from './loop.ts';
import { type Entry, isNothing, type LocatedText, type Nodes, type Value } from './node.ts';
import { nearest } from './spelling.ts';
import { readStepCondition } from './step-condition.ts';

const stepKeys = [
  'name',
  'action',
  'timeoutSeconds',
  'onFailure',
  'maxAttempts',
  'disableLogging',
  'if',
  'then',
  'else',
  'loop',
  'inputs',
];

/** Stands for inputs that were reported, so that references to the step do not count as wrong too. */
const unreadable: ActionCall = { emit: () => [] };

/** `disableLogging` of a document, a phase or a step. */
export function readHidden(fields: Fields, nodes: Nodes): boolean {
  const text = fields.text('disableLogging');
  if (!text || text.text === 'false') return false;
  if (text.text !== 'true')
    nodes.report('invalid-value', `"disableLogging" is "${text.text}"; it must be true or false.`, text);
  return true;
}

export function readStep(value: Value, nodes: Nodes): Step | undefined {
  const fields = readFields(nodes, value, 'A step', stepKeys);
  if (!fields) return undefined;
  const named = fields.needed('name');
  const name = fields.text('name')?.text ?? '';
  if (named) checkName(name, named.value, nodes);
  const timeoutSeconds = readInteger(fields.entry('timeoutSeconds'), fields.text('timeoutSeconds'), 7200, [-1], nodes);
  const maxAttempts = readInteger(fields.entry('maxAttempts'), fields.text('maxAttempts'), 1, [], nodes);
  const onFailure = readOnFailure(fields.entry('onFailure'), fields.text('onFailure'), nodes);
  const acting = fields.needed('action');
  const action = fields.text('action')?.text ?? '';
  const module = acting && findModule(action, acting.value, nodes);
  const inputs = fields.entry('inputs');
  const given = inputs && !isNothing(nodes, inputs.value) ? inputs.value : undefined;
  const at = named?.value ?? value;
  const call = module?.read?.(given, nodes, { ...at, node: undefined }) ?? unreadable;
  checkFixed(call, fields, nodes);
  const looping = fields.entry('loop');
  const loop = looping && readLoop(looping.value, nodes);
  const condition = readStepCondition(fields, nodes);
  return {
    name,
    action,
    timeoutSeconds,
    onFailure,
    maxAttempts,
    hidden: readHidden(fields, nodes),
    call,
    ...(given && { inputs: readGiven(given, nodes) }),
    ...(loop && { loop }),
    ...(condition && { condition }),
    at,
  };
}

/** What a document may take and how often it is tried cannot be set, and a reboot takes its time. */
function checkFixed(call: ActionCall, fields: Fields, nodes: Nodes): void {
  const fixed = call.document
    ? { timeoutSeconds: '-1', maxAttempts: '1' }
    : call.thenReboot
      ? { timeoutSeconds: '' }
      : {};
  for (const [key, only] of Object.entries(fixed)) {
    const text = fields.text(key);
    if (!text || text.text === only) continue;
    if (only === '') {
      nodes.report('invalid-value', `"${key}" has no effect on a Reboot; remove it.`, text, 'warning');
    } else {
      const message = `"${key}" is "${text.text}"; of ExecuteDocument it can only be ${only}, which it is without.`;
      nodes.report('invalid-value', message, text);
    }
  }
}

/** The rule is 3 to 128 of [A-Za-z0-9_-], yet the guide's own examples have blanks: such a name runs, but nothing can refer to it. */
function checkName(name: string, at: Value, nodes: Nodes): void {
  if (name.length < 3 || name.length > 128 || /[\p{Cc}\u2028\u2029]/u.test(name)) {
    nodes.report('invalid-name', `"${name}" is not a possible step name: 3 to 128 of A-Z a-z 0-9 - _.`, at);
  } else if (!/^[A-Za-z0-9_-]+$/.test(name)) {
    const message = `The step name "${name}" has characters other than A-Z a-z 0-9 - _: no reference can name this step.`;
    nodes.report('unchainable-name', message, at, 'warning');
  }
}

function readInteger(
  entry: Entry | undefined,
  text: LocatedText | undefined,
  preset: number,
  also: number[],
  nodes: Nodes,
): number {
  if (!entry || !text) return preset;
  const number = /^-?[0-9]{1,9}$/.test(text.text) ? Number(text.text) : 0;
  if (number > 0 || also.includes(number)) return number;
  const choices = also.includes(-1) ? 'a whole number above 0, or -1 for no limit' : 'a whole number above 0';
  nodes.report('invalid-value', `"${entry.key}" is "${text.text}"; it must be ${choices}.`, text);
  return preset;
}

function readOnFailure(entry: Entry | undefined, text: LocatedText | undefined, nodes: Nodes): OnFailure {
  const choice = text?.text ?? 'Abort';
  if (choice === 'Abort' || choice === 'Continue' || choice === 'Ignore') return choice;
  nodes.report(
    'invalid-value',
    `"onFailure" is "${choice}"; it must be Abort, Continue or Ignore.`,
    entry?.value ?? text!,
  );
  return 'Abort';
}

function findModule(action: string, at: Value, nodes: Nodes) {
  const module = actionModules.get(action);
  if (!module) {
    const meant = nearest(action, actionModules.keys());
    const advice = meant ? `did you mean "${meant}"?` : `the modules are ${[...actionModules.keys()].join(', ')}.`;
    nodes.report('unknown-action', `There is no action module "${action}"; ${advice}`, at);
  } else if (!module.platforms.includes('Linux')) {
    const message = `${action} runs on ${module.platforms.join(' and ')} only; this compiler makes scripts for Linux.`;
    nodes.report('unsupported-platform', message, at);
  }
  return module;
}
