// The paths of the language that we run: `$` or `$$`, then `.name`, `['name']` and `[0]`; anything else is refused when the machine is loaded.
import type { Json } from './definition.ts';
import { Failure, RuntimeFault } from './failure.ts';

export type Path = { text: string; root: '$' | '$$'; steps: (string | number)[] };

const step = /\.([\p{L}_][\p{L}\p{N}_-]*)|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]/uy;
const known = new Map<string, Path>();

/** Throws an Error that says where the text stops being a path. */
export function parsePath(text: string): Path {
  const parsed = known.get(text);
  if (parsed) return parsed;
  if (!text.startsWith('$')) throw new Error(`'${text}' is not a path: a path starts with $ or $$`);
  const root = text.startsWith('$$') ? '$$' : '$';
  const steps: (string | number)[] = [];
  for (let at = root.length; at < text.length; at = step.lastIndex) {
    step.lastIndex = at;
    const match = step.exec(text);
    if (!match) {
      const rest = text.slice(at);
      throw new Error(`path '${text}' is not supported from '${rest}' on: only .name, ['name'] and [0] are`);
    }
    const [, name, single, double, index] = match;
    steps.push(index === undefined ? (name ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1')) : Number(index));
  }
  const path: Path = { text, root, steps };
  known.set(text, path);
  return path;
}

/** What a path may read: the state's data and the context object. */
export type Readable = { data: Json; context: Json };

/** The value at the path, `undefined` where there is none. */
export function findPath(text: string, from: Readable): Json | undefined {
  const path = parsePath(text);
  let value: Json | undefined = path.root === '$' ? from.data : from.context;
  for (const key of path.steps) {
    if (typeof key === 'number') value = Array.isArray(value) ? value[key] : undefined;
    else
      value =
        value !== null && typeof value === 'object' && !Array.isArray(value) && Object.hasOwn(value, key)
          ? value[key]
          : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

/** The value at the path of InputPath, OutputPath, ItemsPath or a Choice's Variable; a RuntimeFault in AWS's words where there is none. */
export function readPath(text: string, from: Readable): Json {
  const value = findPath(text, from);
  if (value !== undefined) return value;
  const { steps } = parsePath(text);
  const normal = steps.map((key) => (typeof key === 'number' ? `[${key}]` : `['${key}']`)).join('');
  throw new RuntimeFault(`Invalid path '${text}' : No results for path: $${normal}`);
}

/** A copy of `data` with `value` at the path, objects made on the way; ResultPath `$` is the value itself. */
export function putPath(text: string, data: Json, value: Json): Json {
  const put = (target: Json | undefined, steps: (string | number)[]): Json => {
    const [key, ...rest] = steps;
    if (key === undefined) return value;
    if (typeof key === 'number') {
      if (!Array.isArray(target) || key >= target.length) throw mismatch(text, data);
      return target.with(key, put(target[key], rest));
    }
    if (target === undefined) return { [key]: put(undefined, rest) };
    if (target === null || typeof target !== 'object' || Array.isArray(target)) throw mismatch(text, data);
    return { ...target, [key]: put(Object.hasOwn(target, key) ? target[key] : undefined, rest) };
  };
  return put(data, parsePath(text).steps);
}

/** Where a result can be put: a path into the state's own data. */
export const isReferencePath = (text: string): boolean => parsePath(text).root === '$';

const mismatch = (text: string, data: Json) =>
  new Failure(
    'States.ResultPathMatchFailure',
    `Unable to apply step "${text}" of the ResultPath to input ${JSON.stringify(data).slice(0, 1000)}`,
  );
