// Does what a revocation asks for: the record says so, channels leave the image, permissions are withdrawn. Twice is once.
import type { Amis } from '../aws/amis.ts';
import { permissionsOf } from '../build/publication.ts';
import { grantedByUs } from '../build/revocation.ts';
import { NotReadyError } from '../errors.ts';
import type { Revoked, Withdrawal } from '../model/channel.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Images } from '../store/images.ts';
import type { Revocations, Unfinished } from '../store/revocations.ts';
import { announceRevocation } from './announce-channel.ts';
import { leaveRevoked } from './leave-image.ts';
import type { Lambda } from './phase.ts';
import type { Promoting } from './promote-image.ts';
import { isoTime } from './timeline.ts';

export type CarryingOut = Omit<Promoting, 'amis'> & {
  images: Pick<Images, 'read' | 'revoke' | 'noteRevocation'>;
  revocations: Revocations;
  amis(region: string): Pick<Amis, 'find' | 'launchPermissions' | 'changeLaunchPermissions'>;
};

/** The record says `revoked` before anything else: from then on nobody takes the image. Ends the revocation once all is done. */
export async function carryOutRevocation(
  carrying: CarryingOut,
  unfinished: Unfinished,
  lambda: Lambda,
): Promise<{ moved: Revoked['channels']; withdrawals?: Withdrawal[] }> {
  const { images, revocations } = carrying;
  const { image: arn, reason, withdraw, by } = unfinished;
  const image = await images.revoke(arn, { at: isoTime(carrying), reason, ...(by !== undefined && { by }) });
  await announceRevocation(carrying, image);
  const { moved, late } = await leaveChannels(carrying, image, lambda);
  const withdrawals = withdraw ? await withdrawPermissions(carrying, image) : undefined;
  if (withdrawals) await images.noteRevocation(arn, { withdrawn: image.revoked!.withdrawn ?? isoTime(carrying) });
  if (late) throw late;
  await revocations.end(unfinished);
  return { moved, ...(withdrawals && { withdrawals }) };
}

/** What calls that were broken off have left to do; a call that may still be at it is left alone. `problem` is told of failures. */
export async function endRevocations(
  carrying: CarryingOut,
  lambda: Lambda,
  problem: (text: string) => void,
): Promise<void> {
  for await (const unfinished of carrying.revocations.all()) {
    if (carrying.now() > lambda.until) return;
    if (carrying.now() <= unfinished.until) continue;
    try {
      await carryOutRevocation(carrying, unfinished, lambda);
    } catch (error) {
      if (error instanceof NotReadyError) continue;
      problem(`revocation of ${unfinished.image}: ${(error as Error).message}`);
    }
  }
}

/** A channel that cannot be moved now does not keep the others; `late` is the first such failure. */
async function leaveChannels(carrying: CarryingOut, image: ImageRecord, lambda: Lambda) {
  const moved: Revoked['channels'] = [];
  let late: Error | undefined;
  const name = normalisedName(image.name);
  for (const { state } of await carrying.channels.of(name)) {
    try {
      const { kept } = await leaveRevoked(carrying, { name, channel: state.channel }, lambda);
      const { channel, image: now, history } = kept.state;
      // Also what an earlier call did, so that the same call again tells the same.
      if (history.some((move) => move.action === 'revoke' && move.from === image.arn))
        moved.push({ name, channel, ...(now !== undefined && { image: now }) });
    } catch (error) {
      late ??= new NotReadyError(
        `${image.arn} is revoked, but the channel ${state.channel} has not left it: ${(error as Error).message} The same call again goes on with it, and so does the hourly sweep.`,
        { cause: error },
      );
    }
  }
  return { moved, late };
}

/** Takes what publishing gave, in every region of this account; what others gave is left, and told. All are waited for: a region that fails does not keep the others. */
async function withdrawPermissions(
  carrying: CarryingOut,
  { arn, outputResources }: ImageRecord,
): Promise<Withdrawal[]> {
  const ledger = await carrying.ledgers.find(arn);
  const own = outputResources.amis.filter(({ accountId }) => accountId === carrying.accountId);
  const results = await Promise.allSettled(
    own.map(async ({ region, image: id }): Promise<Withdrawal> => {
      const amis = carrying.amis(region);
      if (!(await amis.find(id))) return { region, ami: id, withdrawn: [], left: [] };
      const { ours, others } = grantedByUs(ledger, { region, id }, await amis.launchPermissions(id));
      if (ours.length > 0) await amis.changeLaunchPermissions(id, { Remove: permissionsOf(ours) });
      return { region, ami: id, withdrawn: ours, left: others };
    }),
  );
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
