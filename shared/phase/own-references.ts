// References by ARN become references by name, once it is clear that they name something of this stack.
import { InvalidRequestError } from '../errors.ts';
import { type Home, parseArn } from '../model/arns.ts';

/** `name`, `name/1.x.x` or `name/1.2.3/4` as they are, and for an ARN of this account and region what it names. */
export function ownReference(home: Home, reference: string): string {
  const arn = parseArn(reference);
  if (!arn) return reference;
  checkHome(home, reference);
  return [arn.name, arn.version, arn.build].filter((part) => part !== undefined).join('/');
}

/** InvalidRequestError for an ARN of another account, region or partition; anything else passes. */
export function checkHome(home: Home, reference: string): void {
  if (isAt(home, reference)) return;
  throw new InvalidRequestError(
    `${reference} is not of account ${home.accountId} in ${home.region}, as this stack is: it can refer to its own resources only. Register it here, or name it without an ARN.`,
  );
}

/** False for an ARN of another account, region or partition. */
export function isAt(home: Home, reference: string): boolean {
  const arn = parseArn(reference);
  return !arn || (arn.partition === home.partition && arn.region === home.region && arn.accountId === home.accountId);
}
