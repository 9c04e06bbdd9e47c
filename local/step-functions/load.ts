// Takes a state machine definition in, or refuses it with every problem named by state and field: nothing unsupported is ever skipped.
import { AwsError } from '../service.ts';
import type { Json, Machine } from './definition.ts';
import { fields, waitForTaskToken } from './fields.ts';
import { substitute } from './substitutions.ts';

type Loose = Record<string, unknown>;
const isObject = (value: unknown): value is Loose =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/**
 * A definition as text or as an object, with `${name}` replaced from `substitutions` (CloudFormation's DefinitionSubstitutions).
 * Throws an AwsError `InvalidDefinition` that lists all problems.
 */
export function loadDefinition(source: string | object, substitutions: Record<string, string> = {}): Machine {
  let parsed: unknown;
  try {
    parsed = typeof source === 'string' ? JSON.parse(source) : structuredClone(source);
  } catch (error) {
    throw refused([`the definition is not JSON: ${(error as Error).message}`]);
  }
  const problems: string[] = [];
  const definition = substitute(parsed as Json, substitutions, (name) =>
    problems.push(
      `\${${name}} has no DefinitionSubstitution (there are: ${Object.keys(substitutions).join(', ') || 'none'})`,
    ),
  );
  if (!isObject(definition)) throw refused(['the definition is not an object']);
  for (const [name, value] of Object.entries(definition)) {
    if (name === 'TimeoutSeconds' && (!Number.isInteger(value) || Number(value) < 1))
      problems.push('TimeoutSeconds: a whole number of at least 1 expected');
    if (name === 'Version' && value !== '1.0') problems.push("Version: '1.0' expected");
    if (name === 'QueryLanguage' && value !== 'JSONPath') problems.push('QueryLanguage: only JSONPath is supported');
    if (!['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage'].includes(name))
      problems.push(`${name}: not supported at the top`);
  }
  checkStates(definition, 'the state machine', new Set(), problems);
  if (problems.length > 0) throw refused(problems);
  return definition as unknown as Machine;
}

const refused = (problems: string[]) =>
  new AwsError('InvalidDefinition', `Invalid State Machine Definition: ${problems.join('; ')}`);

function checkStates(container: Loose, where: string, names: Set<string>, problems: string[]): void {
  const { StartAt, States } = container;
  if (!isObject(States)) {
    problems.push(`${where}: States, an object, expected`);
    return;
  }
  const reached = new Set<string>();
  const reach = (target: unknown, from: string) => {
    if (typeof target !== 'string' || !Object.hasOwn(States, target))
      problems.push(`${from}: there is no state '${String(target)}' beside it`);
    else reached.add(target);
  };
  reach(StartAt, `${where}, field StartAt`);
  for (const [name, state] of Object.entries(States)) {
    const say = (problem: string) => problems.push(`state '${name}', field ${problem.replace(/^\./, '')}`);
    if (names.has(name)) say('name: another state of this machine has the same name');
    if (name.length > 80) say('name: more than 80 characters');
    names.add(name);
    checkState(state, say);
    if (!isObject(state)) continue;
    for (const target of targets(state)) reach(target.to, `state '${name}', field ${target.field}`);
    if (Array.isArray(state.Branches))
      for (const [index, branch] of state.Branches.entries())
        checkNested(
          branch,
          ['StartAt', 'States', 'Comment'],
          `state '${name}', field Branches[${index}]`,
          names,
          problems,
        );
    if (state.Type === 'Parallel' && !(Array.isArray(state.Branches) && state.Branches.length > 0))
      say('Branches: a list of branches expected');
    if (state.Type === 'Map') {
      const allowed = ['StartAt', 'States', 'Comment', 'ProcessorConfig'];
      checkNested(state.ItemProcessor, allowed, `state '${name}', field ItemProcessor`, names, problems);
    }
  }
  for (const name of Object.keys(States))
    if (!reached.has(name)) problems.push(`state '${name}': no other state leads to it`);
}

function checkNested(nested: unknown, allowed: string[], where: string, names: Set<string>, problems: string[]): void {
  if (!isObject(nested)) {
    problems.push(`${where}: an object with StartAt and States expected`);
    return;
  }
  for (const [name, value] of Object.entries(nested)) {
    if (!allowed.includes(name)) problems.push(`${where}.${name}: not supported`);
    const inline = name !== 'ProcessorConfig' || JSON.stringify(value) === '{"Mode":"INLINE"}';
    if (!inline) problems.push(`${where}.ProcessorConfig: only {"Mode":"INLINE"} is supported`);
  }
  checkStates(nested, where, names, problems);
}

function checkState(state: unknown, say: (problem: string) => void): void {
  const type = isObject(state) ? String(state.Type) : '';
  const known = Object.hasOwn(fields, type) ? fields[type] : undefined;
  if (!isObject(state) || !known) {
    say(`Type: '${type}' is not supported, only ${Object.keys(fields).join(', ')} are`);
    return;
  }
  for (const name of known.required) if (!Object.hasOwn(state, name)) say(`${name}: missing`);
  for (const [name, value] of Object.entries(state)) {
    const check = Object.hasOwn(known.allowed, name) ? known.allowed[name] : undefined;
    if (!check) say(`${name}: not supported in a ${type} state`);
    else for (const problem of check(value)) say(`${name}${problem}`);
  }
  if (Object.hasOwn(known.allowed, 'Next') && Object.hasOwn(state, 'Next') === Object.hasOwn(state, 'End'))
    say('Next: exactly one of Next and End expected');
  checkAlternatives(state, type, say);
}

/** Fields that exclude or need each other. */
function checkAlternatives(state: Loose, type: string, say: (problem: string) => void): void {
  const given = (...names: string[]) => names.filter((name) => Object.hasOwn(state, name));
  if (type === 'Wait' && given('Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath').length !== 1)
    say('Seconds: exactly one of Seconds, SecondsPath, Timestamp and TimestampPath expected');
  if (type === 'Fail')
    for (const name of ['Error', 'Cause'])
      if (given(name, `${name}Path`).length === 2) say(`${name}: only one of ${name} and ${name}Path expected`);
  if (type !== 'Task') return;
  for (const name of ['TimeoutSeconds', 'HeartbeatSeconds'])
    if (given(name, `${name}Path`).length === 2) say(`${name}: only one of ${name} and ${name}Path expected`);
  if (Number(state.HeartbeatSeconds) >= Number(state.TimeoutSeconds))
    say('HeartbeatSeconds: must be less than TimeoutSeconds');
  const waits = state.Resource === waitForTaskToken;
  if (!waits && given('HeartbeatSeconds', 'HeartbeatSecondsPath').length > 0)
    say('HeartbeatSeconds: nobody can send a heartbeat to a task that does not wait for its token');
  if (waits && !JSON.stringify(state.Parameters ?? null).includes('$$.Task.Token'))
    say('Parameters: $$.Task.Token is not handed on, so nobody could complete the task');
}

function targets(state: Loose): { field: string; to: unknown }[] {
  const from = (list: unknown, field: string) =>
    Array.isArray(list) ? list.map((item, index) => ({ field: `${field}[${index}].Next`, to: item?.Next })) : [];
  return [
    ...(Object.hasOwn(state, 'Next') ? [{ field: 'Next', to: state.Next }] : []),
    ...(Object.hasOwn(state, 'Default') ? [{ field: 'Default', to: state.Default }] : []),
    ...from(state.Catch, 'Catch'),
    ...from(state.Choices, 'Choices'),
  ];
}
