// What a caller sent, checked: required strings, ARNs, names and JSON, with the service's own errors.
import { AwsError, type Input } from '../../service.ts';

export function text(input: Input, field: string): string {
  const value: unknown = input[field];
  if (typeof value === 'string' && value !== '') return value;
  const was = value === undefined ? 'null' : JSON.stringify(value);
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value ${was} at '${field}' failed to satisfy constraint: Member must not be null`,
  );
}

export function optionalText(input: Input, field: string, longest: number): string | undefined {
  if (input[field] === undefined || input[field] === null) return undefined;
  const value = String(input[field]);
  if (value.length <= longest) return value;
  throw new AwsError(
    'ValidationException',
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
  );
}

export function arn(input: Input, field: string, kind: 'stateMachine' | 'execution'): string {
  const value = text(input, field);
  if (!value.startsWith('arn:')) throw new AwsError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${value}'`);
  const parts = value.split(':');
  const right = parts[2] === 'states' && parts[5] === kind && parts.length === (kind === 'execution' ? 8 : 7);
  if (!right) throw new AwsError('InvalidArn', `Invalid Arn: 'Resource type not valid in this context: ${value}'`);
  return value;
}

/** 1 to 80 characters, none of white space, brackets, wildcards, special or control characters (the API model's list). */
export function checkName(name: string): string {
  if (name.length >= 1 && name.length <= 80 && !/[\s\p{Cc}<>{}[\]?*"#%\\^|~`$&,;:/]/u.test(name)) return name;
  throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
}

/** The text unchanged if it is JSON. */
export function json(value: string, code: 'InvalidExecutionInput' | 'InvalidOutput', what: string): string {
  try {
    JSON.parse(value);
    return value;
  } catch (error) {
    throw new AwsError(code, `Invalid ${what}: '${(error as Error).message}'`);
  }
}
