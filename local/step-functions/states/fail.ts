// The Fail state: ends its line with an error name and cause, written out or taken from the input.
import type { FailState } from '../definition.ts';
import { Failure, RuntimeFault } from '../failure.ts';
import type { Readable } from '../path.ts';
import { evaluate } from '../template.ts';

export function failState(state: FailState, from: Readable): Failure {
  return new Failure(text(state, 'Error', from), text(state, 'Cause', from), { terminal: false });
}

function text(state: FailState, field: 'Error' | 'Cause', from: Readable): string | undefined {
  const expression = state[`${field}Path`];
  if (expression === undefined) return state[field];
  const value = evaluate(expression, `${field}Path`, from);
  if (typeof value !== 'string')
    throw new RuntimeFault(`The ${field}Path field refers to a value that is not a string: ${expression}`);
  return value;
}
