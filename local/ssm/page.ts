// One page of a list, by MaxResults and NextToken.
import { AwsError, type Input } from '../service.ts';

export function page<Item>(items: Item[], input: Input, usual = 50): { items: Item[]; token: { NextToken?: string } } {
  const from = input.NextToken === undefined ? 0 : Number(Buffer.from(String(input.NextToken), 'base64url').toString());
  if (!Number.isInteger(from) || from < 0) throw new AwsError('InvalidNextToken', 'The specified token is not valid.');
  const end = from + Number(input.MaxResults ?? usual);
  return {
    items: items.slice(from, end),
    token: end < items.length ? { NextToken: Buffer.from(String(end)).toString('base64url') } : {},
  };
}
