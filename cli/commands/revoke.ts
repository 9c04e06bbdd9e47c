// `revoke`: takes an image back.
import type { Revoked } from '../../shared/model/channel.ts';
import { callerArn } from '../aws/caller.ts';
import { processOutput } from '../output.ts';
import { revocationLines } from '../report/channel-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';
import { patiently } from './patiently.ts';

export type RevokeOptions = StackOptions & { output: 'text' | 'json'; reason: string; withdraw?: boolean };

/** Exit code 0 once it is revoked, no channel has it, and what was to be withdrawn is. */
export async function revoke(reference: string, options: RevokeOptions): Promise<number> {
  const output = processOutput(options.output);
  const { reason, withdraw = false } = options;
  const revoked = await withStack(options, processOutput('json'), async ({ stack, connection }): Promise<Revoked> => {
    const { arn } = await findImage(stack, reference);
    const by = await callerArn(connection);
    return patiently(processOutput('json').say, () =>
      stack.revokeImage({ image: arn, reason, withdraw, ...(by && { by }) }),
    );
  });
  if (options.output === 'json') output.json(revoked);
  else revocationLines(revoked).forEach(output.out);
  return 0;
}
