// A parameter's name and its ARN, either of which names it in requests.
import { AwsError, type Caller } from '../service.ts';

export function parameterArn({ accountId, region }: { accountId: string; region: string }, name: string): string {
  return `arn:aws:ssm:${region}:${accountId}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}

/** A parameter may be named by its ARN; only one's own account and region are looked into. */
export function localName(name: unknown, { accountId, region }: Caller): string {
  if (typeof name !== 'string' || name === '') throw new AwsError('ValidationException', 'A parameter Name is needed');
  const arn = /^arn:aws:ssm:([^:]*):([^:]*):parameter(\/.*)$/.exec(name);
  if (!arn) return name;
  if (arn[1] !== region || (arn[2] !== accountId && arn[2] !== ''))
    throw new AwsError('ParameterNotFound', `Parameter ${name} not found.`);
  return arn[3] ?? '';
}
