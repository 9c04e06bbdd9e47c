// What a target receives: the event, a part of it (InputPath), a constant (Input) or a text made from it (InputTransformer).
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
import { AwsError } from '../service.ts';

export type InputChoice = {
  Input?: string;
  InputPath?: string;
  InputTransformer?: { InputPathsMap?: Record<string, string>; InputTemplate: string };
};

type Event = Record<string, unknown>;

/** `predefined` are EventBridge's own variables, such as `aws.events.rule-name`. */
export function targetInput(choice: InputChoice, event: Event, predefined: Record<string, unknown>): string {
  if (choice.Input !== undefined) return choice.Input;
  if (choice.InputTransformer) return transform(choice.InputTransformer, event, predefined);
  return JSON.stringify(choice.InputPath === undefined ? event : (readPath(choice.InputPath)(event) ?? {}));
}

/** Throws ValidationException for a path that is not understood, so that a rule is refused rather than its deliveries. */
export function checkInput(choice: InputChoice): void {
  if (choice.InputPath !== undefined) readPath(choice.InputPath);
  for (const path of Object.values(choice.InputTransformer?.InputPathsMap ?? {})) readPath(path);
}

// Inside quotes a variable's text takes the place of `<name>`; outside them its JSON does. A variable whose path finds nothing is left empty.
function transform(
  { InputPathsMap = {}, InputTemplate }: NonNullable<InputChoice['InputTransformer']>,
  event: Event,
  predefined: Record<string, unknown>,
): string {
  const values = new Map<string, unknown>(Object.entries(predefined));
  for (const [name, path] of Object.entries(InputPathsMap)) values.set(name, readPath(path)(event));
  let quoted = false;
  return InputTemplate.replace(/\\.|"|<([A-Za-z0-9_.-]+)>/gs, (token, name: string | undefined) => {
    if (token === '"') quoted = !quoted;
    if (name === undefined || !values.has(name)) return token;
    const value = values.get(name);
    if (!quoted) return value === undefined ? '' : JSON.stringify(value);
    const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

function readPath(path: string): (event: Event) => unknown {
  if (!/^\$(?:\.[A-Za-z0-9_-]+|\[\d+\]|\['[^']+'\])*$/.test(path)) {
    throw new AwsError('ValidationException', `Unsupported path ${path}: $, .name, ['name'] and [0] are understood`);
  }
  const steps = [...path.matchAll(/\.([A-Za-z0-9_-]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(
    ([, name, index, quoted]) => name ?? quoted ?? Number(index),
  );
  return (event) =>
    steps.reduce<unknown>((value, step) => {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
      return (value as Record<string | number, unknown>)[step];
    }, event);
}
