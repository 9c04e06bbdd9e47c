// Payload templates (Parameters, ResultSelector, ItemSelector): fields whose name ends in `.$` take their value from a path or an intrinsic.
import type { Json } from './definition.ts';
import { RuntimeFault } from './failure.ts';
import { evaluateIntrinsic, parseIntrinsic } from './intrinsics.ts';
import { findPath, parsePath, type Readable } from './path.ts';

export function fillTemplate(template: Json, from: Readable): Json {
  if (Array.isArray(template)) return template.map((item) => fillTemplate(item, from));
  if (template === null || typeof template !== 'object') return template;
  const filled: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(template)) {
    if (key.endsWith('.$')) filled[key.slice(0, -2)] = evaluate(String(value), key, from);
    else filled[key] = fillTemplate(value, from);
  }
  return filled;
}

/** A path or an intrinsic, as it stands in a field of the given name; a RuntimeFault in AWS's words where a path finds nothing. */
export function evaluate(expression: string, field: string, from: Readable): Json {
  const read = (path: string): Json => {
    const value = findPath(path, from);
    if (value !== undefined) return value;
    const input = JSON.stringify(path.startsWith('$$') ? from.context : from.data);
    throw new RuntimeFault(
      `The JSONPath '${path}' specified for the field '${field}' could not be found in the input '${input}'`,
    );
  };
  return expression.startsWith('$') ? read(expression) : evaluateIntrinsic(expression, read);
}

/** Every problem of a template, each as a sentence that begins with the field. */
export function templateProblems(template: Json, field: string): string[] {
  if (Array.isArray(template)) return template.flatMap((item, index) => templateProblems(item, `${field}[${index}]`));
  if (template === null || typeof template !== 'object') return [];
  return Object.entries(template).flatMap(([key, value]) => {
    const name = `${field}.${key}`;
    if (!key.endsWith('.$')) return templateProblems(value, name);
    const problem = expressionProblem(value);
    return problem ? [`${name}: ${problem}`] : [];
  });
}

export function expressionProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'a path or an intrinsic is expected, a string';
  try {
    if (value.startsWith('$')) parsePath(value);
    else parseIntrinsic(value);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
