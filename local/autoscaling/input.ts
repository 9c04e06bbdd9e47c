// Reads the parameters of Auto Scaling's requests, with its errors for what is missing or not supported here.
import { AwsError, type Input } from '../service.ts';

const refused = (message: string) => new AwsError('ValidationError', message);

export function required(input: Input, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw refused(
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}

export function list(input: Input, name: string): string[] {
  const value = input[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Refuses what the operation would otherwise drop without a word. */
export function only(input: Input, names: string): void {
  const known = names.split(' ');
  const unknown = Object.keys(input).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw refused(`The local cloud does not support the parameter ${unknown.join(', ')} here.`);
}

/** One page, by MaxRecords and NextToken; `most` is what a page holds at most (API reference). */
export function page<Item>(items: Item[], input: Input, most: number): { items: Item[]; NextToken?: string } {
  const from = Number(input.NextToken ?? 0);
  if (!Number.isInteger(from)) throw new AwsError('InvalidNextToken', 'The NextToken value is not valid.');
  const size = Number(input.MaxRecords ?? 50);
  if (!(size >= 1 && size <= most)) throw refused(`MaxRecords must be between 1 and ${most}`);
  const end = from + size;
  return { items: items.slice(from, end), ...(end < items.length && { NextToken: String(end) }) };
}
