// The operations by which somebody who was handed a task token answers for the task.
import { AwsError, type Caller, type Input, type Operation } from '../../service.ts';
import type { Json } from '../definition.ts';
import { maximumBytes } from '../run.ts';
import type { Tokens } from '../tokens.ts';
import { json, optionalText, text } from './asked.ts';

/** Tokens work for callers of the account that runs the execution only. */
export function taskOperations(tokens: Tokens, accountId: string): Record<string, Operation> {
  const tokenOf = (input: Input, caller: Caller): string => {
    const token = text(input, 'taskToken');
    if (caller.accountId !== accountId) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    return token;
  };
  return {
    SendTaskSuccess(input, caller) {
      const token = tokenOf(input, caller);
      const output = json(text(input, 'output'), 'InvalidOutput', 'Output');
      if (Buffer.byteLength(output) > maximumBytes)
        throw new AwsError('InvalidOutput', `Invalid Output: 'more than ${maximumBytes} bytes'`);
      tokens.succeed(token, JSON.parse(output) as Json);
      return {};
    },
    SendTaskFailure(input, caller) {
      const token = tokenOf(input, caller);
      tokens.fail(token, optionalText(input, 'error', 256), optionalText(input, 'cause', 32_768));
      return {};
    },
    SendTaskHeartbeat(input, caller) {
      tokens.beat(tokenOf(input, caller));
      return {};
    },
  };
}
