// The intrinsic functions of payload templates: parsed when the machine is loaded, worked out when the state runs.
import { randomUUID } from 'node:crypto';
import type { Json } from './definition.ts';
import { Failure } from './failure.ts';
import { parsePath } from './path.ts';

type Argument = { path: string } | { value: Json } | Call;
type Call = { name: string; arguments: Argument[] };

const known = new Map<string, Call>();
const token =
  /\s*(?:(States\.[A-Za-z0-9]+)\s*\(|'((?:[^'\\]|\\.)*)'|(-?\d+(?:\.\d+)?)|(true|false|null)\b|(\$[^\s,()]*))/uy;

/** Throws an Error that names the unknown function or the place where the text stops being one. */
export function parseIntrinsic(text: string): Call {
  const parsed = known.get(text);
  if (parsed) return parsed;
  let at = 0;
  const skip = (expected: string): boolean => {
    while (text[at] === ' ') at += 1;
    if (text[at] !== expected) return false;
    at += 1;
    return true;
  };
  const argument = (): Argument => {
    token.lastIndex = at;
    const match = token.exec(text);
    if (!match) throw new Error(`intrinsic '${text}' is not understood from '${text.slice(at)}' on`);
    at = token.lastIndex;
    const [, name, quoted, number, word, path] = match;
    if (path !== undefined) return { path: parsePath(path).text };
    if (quoted !== undefined) return { value: quoted.replaceAll(/\\(.)/g, '$1') };
    if (number !== undefined) return { value: Number(number) };
    if (word !== undefined) return { value: JSON.parse(word) };
    const call: Call = { name: name ?? '', arguments: [] };
    if (!Object.hasOwn(functions, call.name))
      throw new Error(`intrinsic '${call.name}' is not supported: only ${Object.keys(functions).join(', ')} are`);
    if (skip(')')) return call;
    do call.arguments.push(argument());
    while (skip(','));
    if (!skip(')')) throw new Error(`intrinsic '${text}': ')' expected at '${text.slice(at)}'`);
    return call;
  };
  const call = argument();
  if (!('name' in call) || at !== text.length)
    throw new Error(`'${text}' is not one call of an intrinsic: 'States.…(…)' expected`);
  known.set(text, call);
  return call;
}

/** `read` resolves a path argument. */
export function evaluateIntrinsic(text: string, read: (path: string) => Json): Json {
  const evaluate = (argument: Argument): Json => {
    if ('path' in argument) return read(argument.path);
    if ('value' in argument) return argument.value;
    const values = argument.arguments.map(evaluate);
    const result = functions[argument.name]?.(...values);
    if (result === undefined)
      throw new Failure(
        'States.IntrinsicFailure',
        `Invalid arguments in ${argument.name}: ${values.map((value) => JSON.stringify(value)).join(', ')}`,
      );
    return result;
  };
  return evaluate(parseIntrinsic(text));
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
const isObject = (value: Json): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** `undefined` means that the arguments do not fit. */
const functions: Record<string, (...values: Json[]) => Json | undefined> = {
  'States.Format': (template, ...values) => {
    if (typeof template !== 'string') return undefined;
    const parts = template.split('{}');
    if (parts.length !== values.length + 1) return undefined;
    return parts.reduce((text, part, index) => text + asText(values[index - 1] ?? null) + part);
  },
  'States.StringToJson': (text) => {
    if (typeof text !== 'string') return undefined;
    try {
      return JSON.parse(text) as Json;
    } catch {
      return undefined;
    }
  },
  'States.JsonToString': (value) => JSON.stringify(value),
  'States.Array': (...values) => values,
  'States.ArrayLength': (list) => (Array.isArray(list) ? list.length : undefined),
  'States.ArrayGetItem': (list, index) => (Array.isArray(list) && typeof index === 'number' ? list[index] : undefined),
  'States.ArrayContains': (list, value) =>
    Array.isArray(list) ? list.some((item) => JSON.stringify(item) === JSON.stringify(value)) : undefined,
  'States.MathAdd': (left, right) =>
    typeof left === 'number' && typeof right === 'number' ? Math.trunc(left) + Math.trunc(right) : undefined,
  'States.JsonMerge': (left, right, deep) =>
    isObject(left ?? null) && isObject(right ?? null) && deep === false
      ? { ...(left as object), ...(right as object) }
      : undefined,
  'States.StringSplit': (text, separators) =>
    typeof text === 'string' && typeof separators === 'string' && separators !== ''
      ? text.split(new RegExp(`[${separators.replaceAll(/[\\\]^-]/g, '\\$&')}]`, 'u')).filter((part) => part !== '')
      : undefined,
  'States.UUID': (...values) => (values.length === 0 ? randomUUID() : undefined),
};
