// A zod check whose problems are sentences: what was expected and what was found, every one of them, each with its path.

import * as z from 'zod/mini';
import { $ZodObject } from 'zod/v4/core';
import { suggestion } from './suggestion.ts';

export type Finding = {
  path: PropertyKey[];
  /** What the path leads to: a value, a key that should not be there, or a key that is not there. */
  at: 'value' | 'key' | 'missing';
  message: string;
  /** The type that zod expected, where a wrong type is the problem. */
  expectedType?: string;
};

/** How a message shows what was found. */
export type Show = (value: unknown) => string;

/** Parses `input`; never throws. Either the output or at least one finding; `show` is what may be told of the input's values. */
export function check<Schema extends z.core.$ZodType>(
  schema: Schema,
  input: unknown,
  show: Show = quoted,
): { output: z.output<Schema>; findings: [] } | { output?: undefined; findings: Finding[] } {
  const result = z.safeParse(schema, input, { error: keysOfObject });
  if (result.success) return { output: result.data, findings: [] };
  return { findings: result.error.issues.flatMap((issue) => describe(issue, [], input, show)) };
}

/** A finding on one line, for callers without a file to point into: `imageRecipe.name: expected …`. */
export function findingText({ path, message }: Finding): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`;
}

/** `imageRecipe.components[0].component`; long keys are cut. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const key = cut(String(part));
    return text ? `${text}.${key}` : key;
  }, '');
}

// The message of an unknown key carries the known ones, which zod tells only here.
function keysOfObject(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof $ZodObject)) return undefined;
  return Object.keys(issue.inst._zod.def.shape).join(', ');
}

function describe(issue: z.core.$ZodIssue, parents: PropertyKey[], root: unknown, show: Show): Finding[] {
  const path = [...parents, ...issue.path];
  const value = valueAt(root, path);
  const own = issue.message.startsWith('expected ') ? issue.message : undefined;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, issue.message.split(', ')));
    case 'invalid_union': {
      const branch = issue.errors.find((issues) => issues.length > 0 && issues.every((inner) => !isRootType(inner)));
      if (value === undefined)
        return [{ path, at: 'missing', message: `${pathText(path)} is missing: ${own ?? 'expected a value'}` }];
      if (branch) return branch.flatMap((inner) => describe(inner, path, root, show));
      return [{ path, at: 'value', message: `${own ?? 'expected another type'}, found ${show(value)}` }];
    }
    case 'invalid_key': {
      const message = issue.issues[0]?.message ?? 'expected another key';
      return [{ path, at: 'key', message: `${message}, found ${quoted(String(path.at(-1)))}` }];
    }
    case 'invalid_type':
      return [wrongType(path, value, show, own ?? `expected ${typeName(issue.expected)}`, issue.expected)];
    case 'invalid_value':
      return [oneOf(path, value, show, own, issue.values)];
    case 'too_small':
    case 'too_big':
      return [{ path, at: 'value', message: `${own ?? limit(issue)}, found ${show(value)}` }];
    default:
      return [
        { path, at: 'value', message: withFound(own ?? `expected a valid value (${issue.message})`, value, show) },
      ];
  }
}

function unknownKey(path: PropertyKey[], key: string, known: string[]): Finding {
  const near = suggestion(key, known);
  const hint = near ? `did you mean ${near}?` : `expected one of ${known.join(', ')}`;
  return { path: [...path, key], at: 'key', message: `unknown key ${quoted(key)}: ${hint}` };
}

function wrongType(path: PropertyKey[], value: unknown, show: Show, expected: string, expectedType: string): Finding {
  if (value === undefined) {
    return { path, at: 'missing', message: `${pathText(path) || 'the file'} is missing: ${expected}`, expectedType };
  }
  return { path, at: 'value', message: `${expected}, found ${show(value)}`, expectedType };
}

function oneOf(
  path: PropertyKey[],
  value: unknown,
  show: Show,
  own: string | undefined,
  values: readonly unknown[],
): Finding {
  const near = typeof value === 'string' ? suggestion(value, values.map(String)) : undefined;
  const expected = own ?? `expected ${values.length === 1 ? '' : 'one of '}${values.map(String).join(', ')}`;
  if (value === undefined) return { path, at: 'missing', message: `${pathText(path)} is missing: ${expected}` };
  return { path, at: 'value', message: `${expected}, found ${show(value)}${near ? ` (did you mean ${near}?)` : ''}` };
}

function limit(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small';
  const bound = small ? issue.minimum : issue.maximum;
  const [one, several] = { string: [' character', ' characters'], array: [' entry', ' entries'] }[
    issue.origin as string
  ] ?? ['', ''];
  const unit = Number(bound) === 1 ? one : several;
  return `expected ${issue.exact ? 'exactly' : small ? 'at least' : 'at most'} ${bound}${unit}`;
}

// A refinement of a whole map speaks for itself; what was found is the map.
function withFound(message: string, value: unknown, show: Show): string {
  return typeof value === 'object' && value !== null ? message : `${message}, found ${show(value)}`;
}

function isRootType(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function typeName(expected: string): string {
  const names: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map',
    record: 'a map',
  };
  return names[expected] ?? expected;
}

/** The value itself where it is short, for its author. */
function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(cut(value)) : kind(value);
}

/** Never the value, which may be a secret: for messages that end in logs. */
export function kind(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a map';
  return `the ${typeof value} ${String(value)}`;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
