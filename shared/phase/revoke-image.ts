// Takes an image back: nothing starts from it any more, channels leave it, and who was allowed to launch it no longer is.
import type * as z from 'zod/mini';
import type { Amis } from '../aws/amis.ts';
import { permissionsOf } from '../build/publication.ts';
import { descendants, grantedByUs, pipelinesOn } from '../build/revocation.ts';
import { InvalidRequestError, NotFoundError, NotReadyError } from '../errors.ts';
import type { Revoked, revokeInputSchema, Withdrawal } from '../model/channel.ts';
import { type ImageRecord, isUnderWay, mayOwnResources } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import type { Images } from '../store/images.ts';
import type { Pipelines } from '../store/pipelines.ts';
import type { Registry } from '../store/registry.ts';
import { announceRevocation } from './announce-channel.ts';
import { leaveRevoked } from './leave-image.ts';
import type { Lambda } from './phase.ts';
import type { Promoting } from './promote-image.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { isoTime } from './timeline.ts';

export type Revoking = Omit<Promoting, 'amis'> &
  Pick<Registry, 'imageRecipes' | 'configurations'> & {
    images: Images;
    pipelines: Pick<Pipelines, 'names' | 'find'>;
    amis(region: string): Pick<Amis, 'find' | 'launchPermissions' | 'changeLaunchPermissions'>;
  };

/**
 * The revocation is written first: from then on nobody takes the image, whatever fails later. Idempotent; NotReadyError
 * where a channel was being moved: the same call goes on, and so does the sweep.
 */
export async function revokeImage(
  revoking: Revoking,
  { image: arn, reason, withdraw, by }: z.output<typeof revokeInputSchema>,
  lambda: Lambda,
): Promise<Revoked> {
  const { images, now } = revoking;
  const before = await images.read(arn);
  const { status } = before.state;
  if (isUnderWay(status) || !mayOwnResources(status))
    throw new InvalidRequestError(
      `${arn} is ${status}: only what was published can be revoked${isUnderWay(status) ? ' (`image-builder cancel` ends its build)' : ''}.`,
    );
  const image = await images.revoke(arn, { at: isoTime({ now }), reason, ...(by !== undefined && { by }) });
  await announceRevocation(revoking, image);
  const { moved, late } = await leaveChannels(revoking, image, lambda);
  const withdrawals = withdraw ? await withdrawPermissions(revoking, image) : undefined;
  if (withdrawals) await images.noteRevocation(arn, { withdrawn: image.revoked!.withdrawn ?? isoTime({ now }) });
  if (late) throw late;
  const all: ImageRecord[] = [];
  for await (const one of images.all()) all.push(one);
  const had = (await revoking.channels.of(image.name)).filter(({ state }) => state.history.some(isOf(arn)));
  const pipelines = await registered(revoking);
  return {
    image: arn,
    revoked: (await images.read(arn)).revoked!,
    channels: moved,
    descendants: descendants(arn, all).map((one) => one.arn),
    pipelines: pipelinesOn(
      image,
      pipelines,
      had.map(({ state }) => state.channel),
    ),
    ...(withdrawals && { withdrawals }),
  };
}

const isOf = (arn: string) => (move: { image?: string; from?: string }) => move.image === arn || move.from === arn;

/** A channel that cannot be moved now does not keep the others; `late` is the first such failure. */
async function leaveChannels(revoking: Revoking, image: ImageRecord, lambda: Lambda) {
  const moved: Revoked['channels'] = [];
  let late: Error | undefined;
  const name = normalisedName(image.name);
  for (const { state } of await revoking.channels.of(name)) {
    try {
      const { kept } = await leaveRevoked(revoking, { name, channel: state.channel }, lambda);
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

/** Takes what publishing gave, in every region of this account; what others gave is left, and told. */
async function withdrawPermissions(revoking: Revoking, { arn, outputResources }: ImageRecord): Promise<Withdrawal[]> {
  const ledger = await revoking.ledgers.find(arn);
  const own = outputResources.amis.filter(({ accountId }) => accountId === revoking.accountId);
  return await Promise.all(
    own.map(async ({ region, image: id }) => {
      const amis = revoking.amis(region);
      if (!(await amis.find(id))) return { region, ami: id, withdrawn: [], left: [] };
      const { ours, others } = grantedByUs(ledger, { region, id }, await amis.launchPermissions(id));
      if (ours.length > 0) await amis.changeLaunchPermissions(id, { Remove: permissionsOf(ours) });
      return { region, ami: id, withdrawn: ours, left: others };
    }),
  );
}

/** Every pipeline with what it refers to; one that refers to what is gone can build nothing. */
async function registered(revoking: Revoking): Promise<Pipeline[]> {
  const names = await revoking.pipelines.names();
  const found = await Promise.all(
    names.map(async (name) => {
      const record = await revoking.pipelines.find(name);
      if (!record) return undefined;
      try {
        return (await resolvePipeline(revoking, record)).pipeline;
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof InvalidRequestError) return undefined;
        throw error;
      }
    }),
  );
  return found.filter((pipeline) => pipeline !== undefined);
}
