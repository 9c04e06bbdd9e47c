// Takes an image back: nothing starts from it any more, channels leave it, and who was allowed to launch it no longer is.
import { descendants, namedBy, pipelinesOn } from '../build/revocation.ts';
import { InvalidRequestError } from '../errors.ts';
import type { Revoked, RevokeRequest } from '../model/channel.ts';
import { isUnderWay, type ListedImage, mayOwnResources } from '../model/image-record.ts';
import type { Images } from '../store/images.ts';
import type { Pipelines } from '../store/pipelines.ts';
import type { Registry } from '../store/registry.ts';
import { type CarryingOut, carryOutRevocation } from './carry-out-revocation.ts';
import type { Lambda } from './phase.ts';
import { registeredPipelines } from './resolve-pipeline.ts';
import { isoTime } from './timeline.ts';

export type Revoking = CarryingOut &
  Pick<Registry, 'imageRecipes' | 'configurations'> & {
    images: Images;
    pipelines: Pick<Pipelines, 'names' | 'find'>;
  };

/**
 * What was asked for is written first: whatever fails later, the hourly sweep ends it. Idempotent; NotReadyError where a
 * channel was being moved: the same call goes on, and so does the sweep.
 */
export async function revokeImage(revoking: Revoking, request: RevokeRequest, lambda: Lambda): Promise<Revoked> {
  const { images } = revoking;
  const { image: arn } = request;
  const before = await images.read(arn);
  const { status } = before.state;
  if (isUnderWay(status) || !mayOwnResources(status))
    throw new InvalidRequestError(
      `${arn} is ${status}: only what was published can be revoked${isUnderWay(status) ? ' (`image-builder cancel` ends its build)' : ''}.`,
    );
  const unfinished = await revoking.revocations.begin(request, lambda.until, isoTime(revoking));
  const { moved, withdrawals } = await carryOutRevocation(revoking, unfinished, lambda);
  const all: ListedImage[] = [];
  for await (const one of images.all()) all.push(one);
  const image = await images.read(arn);
  const had = (await revoking.channels.of(image.name)).filter(({ state }) => state.history.some(isOf(arn)));
  const pipelines = await registeredPipelines(revoking);
  const named = namedBy(await revoking.ledgers.find(arn));
  return {
    image: arn,
    revoked: image.revoked!,
    channels: moved,
    descendants: descendants(image, all).map((one) => one.arn),
    pipelines: pipelinesOn(
      image,
      pipelines,
      had.map(({ state }) => state.channel),
      named,
    ),
    named,
    elsewhere: image.outputResources.amis.flatMap(({ region, accountId: account, image: ami }) =>
      account !== undefined && account !== revoking.accountId ? [{ region, account, ami }] : [],
    ),
    ...(withdrawals && { withdrawals }),
  };
}

const isOf = (arn: string) => (move: { image?: string; from?: string }) => move.image === arn || move.from === arn;
