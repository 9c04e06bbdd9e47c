// YAML nodes to one step of a phase.
import type { ActionCall } from './actions/action.ts';
import { actionModules } from './actions/table.ts';
import type { OnFailure, Step } from './document.ts';
import { readFields } from './fields.ts';
import { type Entry, isNothing, type LocatedText, type Nodes, type Value } from './node.ts';
import { nearest } from './spelling.ts';

const stepKeys = ['name', 'action', 'timeoutSeconds', 'onFailure', 'maxAttempts', 'inputs'];

/** Stands for inputs that were reported, so that references to the step do not count as wrong too. */
const unreadable: ActionCall = { texts: [], emit: () => [] };

/** Reports keys of the language that this compiler does not run yet; false for a key that is not of the language. */
export function isStrayKey(entry: Entry, nodes: Nodes): boolean {
  if (entry.key !== 'disableLogging') return false;
  const message = '"disableLogging" is not supported yet: the output would be logged all the same. Remove it.';
  nodes.report('unsupported-disable-logging', message, entry.keyAt);
  return true;
}

function isStrayStepKey(entry: Entry, nodes: Nodes): boolean {
  if (['if', 'then', 'else'].includes(entry.key)) {
    const message = `"${entry.key}" is not supported yet: test the condition inside the step's commands.`;
    nodes.report('unsupported-if', message, entry.keyAt);
    return true;
  }
  if (entry.key === 'loop') {
    nodes.report('unsupported-loop', '"loop" is not supported yet: write the loop inside the commands.', entry.keyAt);
    return true;
  }
  return isStrayKey(entry, nodes);
}

export function readStep(value: Value, nodes: Nodes): Step | undefined {
  const fields = readFields(nodes, value, 'A step', stepKeys, (entry) => isStrayStepKey(entry, nodes));
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
  return { name, action, timeoutSeconds, onFailure, maxAttempts, call, at };
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
  } else if (!module.read) {
    const message = `The action module ${action} is not supported yet: do its work in an ExecuteBash step.`;
    nodes.report('unsupported-action', message, at);
  }
  return module;
}
