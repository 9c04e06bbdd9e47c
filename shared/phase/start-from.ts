// Lets a build start from an image of this stack: not from one that was revoked, nor from one that is being retired.
import type { AmisAt } from '../aws/amis.ts';
import type { AmiView } from '../build/ami.ts';
import { InvalidRequestError, NotReadyError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { imageTag } from '../model/tags.ts';
import type { Images } from '../store/images.ts';
import { isRetiring, type Retirements } from '../store/retirements.ts';
import { isAt } from './own-references.ts';

type Looking = { images: Pick<Images, 'find'> };
export type StartingFrom = Looking & { retirements: Pick<Retirements, 'use'>; amis: AmisAt; now(): number };

type Origin = Pick<ImageRecord, 'arn' | 'ancestry' | 'distributionOf'>;

/** What an image is made of, where that is an image of this stack: what it distributes, or its parent image. */
const originOf = ({ ancestry, distributionOf }: Origin): string | undefined =>
  distributionOf ? distributionOf.from : ancestry?.parentImage.arn;

/** InvalidRequestError where what an image is made of was revoked. */
export async function assertOriginStands({ images }: Looking, image: Origin): Promise<void> {
  const arn = originOf(image);
  if (arn === undefined || !isAt(parseArn(image.arn)!, arn)) return;
  const origin = await images.find(arn);
  if (origin?.revoked) throw revoked(`${image.arn} is made of ${arn}`, origin);
}

/**
 * Notes that the build of `image` starts from an AMI, if that is of an image of this stack, and looks then: at the record
 * before the AMI, so that a retirement that is over is seen at the AMI, and one under way in the record. NotReadyError
 * while that lasts. Idempotent.
 */
export async function startFrom(
  starting: StartingFrom,
  image: string,
  { ami: { id, tags }, region }: { ami: Pick<AmiView, 'id' | 'tags'>; region: string },
): Promise<void> {
  const { images, retirements, amis, now } = starting;
  // Tags are told to the account that set them only: an AMI of somebody else's cannot pass for one of ours.
  const arn = tags[imageTag];
  if (arn === undefined || !parseArn(arn) || !isAt(parseArn(image)!, arn) || !(await images.find(arn))) return;
  await retirements.use(arn, image, now());
  const origin = await images.find(arn);
  if (origin?.revoked) throw revoked(`AMI ${id} in ${region} is of ${arn}`, origin);
  if (origin && isRetiring(origin, now()))
    throw new NotReadyError(
      `AMI ${id} in ${region} is of ${arn}, which is being retired at this moment: whether the build may start from it is known when that is over.`,
    );
  const state = (await amis(region).find(id))?.state;
  if (state === 'available') return;
  throw new InvalidRequestError(
    `AMI ${id} in ${region}, of ${arn}, ${state ? `is ${state}` : 'is gone'}: it was retired while the build was to start from it. Build ${arn} again, or name another image.`,
  );
}

export const revoked = (text: string, { revoked: revocation }: Pick<ImageRecord, 'revoked'>) =>
  new InvalidRequestError(
    `${text}, which was revoked at ${revocation!.at} (${revocation!.reason}): nothing is made of it any more. Build another one, or name another image.`,
  );
