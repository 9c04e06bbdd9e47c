// What the sweep does for channels: half-made changes are finished or put back, and channels leave images that were revoked.
import { NotReadyError } from '../errors.ts';
import { leaveRevoked } from './leave-image.ts';
import type { Lambda } from './phase.ts';
import type { Promoting } from './promote-image.ts';

/** Goes on past failures; `problem` is told of each. What may still be at work is left alone. */
export async function settleChannels(
  promoting: Promoting,
  lambda: Lambda,
  problem: (text: string) => void,
): Promise<void> {
  for await (const { state } of promoting.channels.all()) {
    if (promoting.now() > lambda.until) return;
    try {
      await leaveRevoked(promoting, { name: state.name, channel: state.channel }, lambda);
    } catch (error) {
      if (error instanceof NotReadyError) continue;
      problem(`channel ${state.channel} of ${state.name}: ${(error as Error).message}`);
    }
  }
}
