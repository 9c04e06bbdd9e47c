// The full ARN behind the ways to name a function: its name, a partial ARN, a whole one, each with or without a qualifier.
import { AwsError, type Caller } from '../service.ts';

export function functionArn(
  asked: string,
  qualifier: string | null,
  caller: Pick<Caller, 'accountId' | 'region'>,
): string {
  const match =
    /^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:|(\d{12}):function:|function:)?([A-Za-z0-9_-]+)(?::(\$LATEST|[A-Za-z0-9_-]+))?$/.exec(
      asked,
    );
  if (!match) {
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: '${asked}' at 'functionName' is not a function's name or ARN`,
    );
  }
  const [, region = caller.region, account, partialAccount, name, inName] = match;
  if (qualifier && inName && qualifier !== inName) {
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const chosen = qualifier ?? inName;
  const arn = `arn:aws:lambda:${region}:${account ?? partialAccount ?? caller.accountId}:function:${name}`;
  return chosen ? `${arn}:${chosen}` : arn;
}
