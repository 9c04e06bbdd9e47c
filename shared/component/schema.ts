// YAML nodes to a component document: top level, parameters, constants and phases.
import type { ComponentDocument, Constant, Parameter, Phase, Step } from './document.ts';
import { readFields } from './fields.ts';
import { isNothing, type Nodes, readList, readMapping, type Value } from './node.ts';
import { readHidden, readStep } from './step-schema.ts';

const documentKeys = ['name', 'description', 'schemaVersion', 'parameters', 'constants', 'phases', 'disableLogging'];

/** The document as far as it can be read; everything wrong with it is reported. */
export function readDocument(root: Value, nodes: Nodes): ComponentDocument | undefined {
  const fields = readFields(nodes, root, 'The document', documentKeys);
  if (!fields) return undefined;
  const name = fields.text('name')?.text;
  const description = fields.text('description')?.text;
  if (fields.needed('schemaVersion')) {
    const version = fields.text('schemaVersion');
    const at = fields.entry('schemaVersion')?.value ?? root;
    if (version?.text !== '1.0' && version?.text !== '1')
      nodes.report('unsupported-schema-version', `schemaVersion is "${version?.text ?? ''}"; only 1.0 exists.`, at);
  }
  const parameters = readAll('parameters', readParameter);
  const constants = readAll('constants', readConstant);
  const phases = fields.needed('phases') ? readAll('phases', readPhase) : [];
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    schemaVersion: '1.0',
    hidden: readHidden(fields, nodes),
    parameters,
    constants,
    phases,
  };

  function readAll<T>(key: string, read: (value: Value, nodes: Nodes) => T | undefined): T[] {
    const entry = fields?.entry(key);
    if (!entry || (key !== 'phases' && isNothing(nodes, entry.value))) return [];
    const items = readList(nodes, entry.value, `"${key}"`) ?? [];
    return items.map((item) => read(item, nodes)).filter((item) => item !== undefined);
  }
}

const parameterName = /^[A-Za-z0-9_-]{3,128}$/;

/** A list entry of the form `- Name: {…}`: its name and the mapping behind it. */
function readNamed(value: Value, nodes: Nodes, what: string): { name: string; at: Value; body: Value } | undefined {
  const entries = readMapping(nodes, value, what);
  if (!entries) return undefined;
  const [entry] = entries;
  if (!entry || entries.length > 1) {
    const message = `${what} must be a mapping with one key, its name ("- Name: {type: string}"); this has ${entries.length} keys.`;
    nodes.report('wrong-type', message, entries[1]?.keyAt ?? value);
    return undefined;
  }
  if (!parameterName.test(entry.key)) {
    const message = `"${entry.key}" is not a possible name: 3 to 128 of the characters A-Z a-z 0-9 - _.`;
    nodes.report('invalid-name', message, entry.keyAt);
  }
  return { name: entry.key, at: { ...entry.keyAt, node: undefined }, body: entry.value };
}

function readParameter(value: Value, nodes: Nodes): Parameter | undefined {
  const named = readNamed(value, nodes, 'A parameter');
  if (!named) return undefined;
  const what = `Parameter "${named.name}"`;
  const fields = readFields(nodes, named.body, what, ['type', 'default', 'description']);
  if (!fields) return undefined;
  checkType(fields.needed('type')?.value, fields.text('type')?.text, what, nodes);
  const entry = fields.entry('default');
  if (entry && isNothing(nodes, entry.value)) {
    const message = `${what} has an empty "default", which counts as none: its value must be supplied. Write '' for the empty string.`;
    nodes.report('empty-value', message, entry.keyAt, 'warning');
  }
  const preset = fields.text('default')?.text;
  const description = fields.text('description')?.text;
  return {
    name: named.name,
    ...(preset !== undefined && { default: preset }),
    ...(description !== undefined && { description }),
    at: named.at,
  };
}

function readConstant(value: Value, nodes: Nodes): Constant | undefined {
  const named = readNamed(value, nodes, 'A constant');
  if (!named) return undefined;
  const what = `Constant "${named.name}"`;
  const fields = readFields(nodes, named.body, what, ['type', 'value', 'description']);
  if (!fields) return undefined;
  checkType(fields.needed('type')?.value, fields.text('type')?.text, what, nodes);
  const entry = fields.needed('value');
  if (entry && isNothing(nodes, entry.value))
    nodes.report('missing-key', `${what} has no value; write '' for the empty string.`, entry.keyAt);
  return { name: named.name, value: fields.text('value')?.text ?? '', at: named.at };
}

function checkType(at: Value | undefined, type: string | undefined, what: string, nodes: Nodes): void {
  if (at && type !== 'string')
    nodes.report('invalid-value', `${what} has the type "${type ?? ''}"; only "string" exists.`, at);
}

function readPhase(value: Value, nodes: Nodes): Phase | undefined {
  const fields = readFields(nodes, value, 'A phase', ['name', 'steps', 'disableLogging']);
  if (!fields) return undefined;
  const named = fields.needed('name');
  const name = fields.text('name');
  if (named && !parameterName.test(name?.text ?? '')) {
    const message = `"${name?.text ?? ''}" is not a possible phase name: 3 to 128 of the characters A-Z a-z 0-9 - _.`;
    nodes.report('invalid-name', message, named.value);
  }
  const steps: Step[] = [];
  const entry = fields.needed('steps');
  for (const item of (entry && readList(nodes, entry.value, '"steps"')) ?? []) {
    const step = readStep(item, nodes);
    if (step) steps.push(step);
  }
  return { name: name?.text ?? '', steps, hidden: readHidden(fields, nodes), at: named?.value ?? value };
}
