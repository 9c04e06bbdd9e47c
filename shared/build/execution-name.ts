// The name of a build's execution, which follows from its image.
import { parseArn } from '../model/arns.ts';
import { clientToken } from './client-token.ts';

/** Names of executions hold at most 80 of `0-9A-Za-z-_` where CloudWatch logging is to work (Step Functions API model). */
export const executionName = (arn: string) => {
  const { name, version, build } = parseArn(arn)!;
  const readable = `${name.slice(0, 40)}-${version!.replaceAll('.', '-')}-${build}`.slice(0, 71);
  return `${readable}-${clientToken(arn).slice(0, 8)}`;
};
