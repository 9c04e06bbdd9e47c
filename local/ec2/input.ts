// Reads the parameters of a request, which arrive as strings and lists of strings, with EC2's errors for what is missing or odd.
import { AwsError, type Input } from '../service.ts';

export function required(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string' || value === '') {
    throw new AwsError('MissingParameter', `The request must contain the parameter ${name}`);
  }
  return value;
}

export function optional(input: Input, name: string): string | undefined {
  const value = input[name];
  return value === undefined || value === '' ? undefined : String(value);
}

export function list(input: Input, name: string): string[] {
  const value = input[name];
  return Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];
}

export function structures(input: Input, name: string): Input[] {
  const value = input[name];
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as Input[];
  throw new AwsError('InvalidParameterValue', `The parameter ${name} must be a list`);
}

export function flag(input: Input, name: string): boolean {
  const value = optional(input, name);
  if (value === undefined || value.toLowerCase() === 'false') return false;
  if (value.toLowerCase() === 'true') return true;
  throw new AwsError('InvalidParameterValue', `Invalid value '${value}' for ${name}: it must be true or false`);
}

export function count(input: Input, name: string): number {
  const value = required(input, name);
  if (/^\d+$/.test(value)) return Number(value);
  throw new AwsError('InvalidParameterValue', `Invalid value '${value}' for ${name}: it must be a number`);
}

/** One page of what was found, by MaxResults and NextToken. */
export function page<Item>(items: Item[], input: Input): { items: Item[]; nextToken?: string } {
  const from = Number(Buffer.from(optional(input, 'NextToken') ?? '', 'base64url').toString() || 0);
  if (!Number.isInteger(from)) throw new AwsError('InvalidNextToken', `The token '${input.NextToken}' is invalid`);
  const size = optional(input, 'MaxResults') === undefined ? items.length : count(input, 'MaxResults');
  const end = from + size;
  return {
    items: items.slice(from, end),
    ...(size > 0 && end < items.length && { nextToken: Buffer.from(String(end)).toString('base64url') }),
  };
}
