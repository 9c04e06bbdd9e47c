// `approve` and `reject`: the answer of a person to a build that waits for one before it publishes.
import type { Decision } from '../../shared/model/approval-schema.ts';
import { callerArn } from '../aws/caller.ts';
import { processOutput } from '../output.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';

export type AnswerOptions = StackOptions & { output: 'text' | 'json'; reason?: string };

/** Exit code 0 once the answer stands, at whichever call; 2 where another stands, or nothing waits for it. */
export async function answer(
  reference: string,
  decision: Decision,
  { reason, ...options }: AnswerOptions,
): Promise<number> {
  const output = processOutput('json');
  return withStack(options, output, async ({ stack, connection }) => {
    const { arn } = await findImage(stack, reference);
    const by = await callerArn(connection);
    const { approval } = await stack.answerApproval({
      ...{ image: arn, decision },
      ...(by && { by }),
      ...(reason && { reason }),
    });
    if (options.output === 'json') output.json({ image: arn, approval });
    else output.out(`${arn} was ${decision}${approval.by ? ` by ${printable(approval.by)}` : ''} at ${approval.at}.`);
    return 0;
  });
}
