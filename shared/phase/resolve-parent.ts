// Resolves the parent image of a recipe to one AMI, once per build.
import type { Amis } from '../aws/amis.ts';
import type { Parameters } from '../aws/parameters.ts';
import type { AmiView } from '../build/ami.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import { type NameAndVersion, parseParentImage } from '../model/references.ts';
import { parseVersion, versionSortKey, versionSortKeyPrefix } from '../model/versions.ts';
import type { Images } from '../store/images.ts';

export type Resolving = { images: Images; parameters: Parameters; amis(region: string): Amis };

/** The AMI in `region` that `parentImage` means now; NotFoundError names what led nowhere. */
export async function resolveParent(resolving: Resolving, parentImage: string, region: string): Promise<AmiView> {
  const parent = parseParentImage(parentImage);
  if (!parent)
    throw new InvalidRequestError(
      `The parent image ${parentImage} is not an AMI id, ssm:<parameter>, an image ARN or name/x.x.x.`,
    );
  const id =
    parent.kind === 'ami'
      ? parent.imageId
      : parent.kind === 'ssm'
        ? await amiIn(resolving, parent.parameter)
        : await newestOutput(resolving.images, parentImage, parent, region);
  const ami = await resolving.amis(region).find(id);
  if (!ami)
    throw new NotFoundError(
      `The parent image ${parentImage} is AMI ${id}, which does not exist in ${region} or is not shared with this account.`,
    );
  if (ami.state !== 'available')
    throw new InvalidRequestError(
      `The parent image ${parentImage} is AMI ${id}, which is ${ami.state}, not available.`,
    );
  // StopInstances and CreateImage need an EBS root (EC2 API reference, StopInstances; user guide, creating an EBS-backed AMI).
  if (ami.rootDeviceType === 'instance-store')
    throw new InvalidRequestError(
      `The parent image ${parentImage} is AMI ${id}, whose root is an instance store: EC2 can neither stop its instances nor make an AMI of them. Choose an EBS-backed parent image.`,
    );
  return ami;
}

/** What a parameter holds is told only where it is an AMI id: whoever writes pipelines may not be allowed to read parameters. */
async function amiIn({ parameters }: Resolving, parameter: string): Promise<string> {
  const value = await parameters.value(parameter);
  if (value.startsWith('ami-')) return value;
  throw new InvalidRequestError(`The SSM parameter ${parameter} does not hold an AMI id (ami-…).`);
}

/** The output in `region` of the highest available version that the reference allows; among builds of one version the newest. */
async function newestOutput(
  images: Images,
  parentImage: string,
  { name, version }: NameAndVersion,
  region: string,
): Promise<string> {
  const prefix = versionSortKeyPrefix(version);
  let best: { key: string; image: ImageRecord } | undefined;
  for await (const image of images.all()) {
    if (image.state.status !== 'AVAILABLE' || normalisedName(image.name) !== normalisedName(name)) continue;
    const key = sortKeyOf(image);
    if (key.startsWith(prefix) && (!best || key > best.key) && isOfSameHome(image.arn, parentImage))
      best = { key, image };
  }
  if (!best) throw new NotFoundError(`No available image matches the parent image ${parentImage}: build it first.`);
  const ami = best.image.outputResources.amis.find((output) => output.region === region);
  if (ami) return ami.image;
  throw new NotFoundError(
    `The parent image ${best.image.arn} was not distributed to ${region}: add that region to its distributions.`,
  );
}

function sortKeyOf({ version }: ImageRecord): string {
  const [number, build] = version.split('/');
  return versionSortKey(parseVersion(number!)!, Number(build));
}

/** True for a reference by name; an ARN must be of the account and region that this image belongs to. */
function isOfSameHome(imageArn: string, parentImage: string): boolean {
  const [own, asked] = [parseArn(imageArn)!, parseArn(parentImage)];
  return !asked || (asked.accountId === own.accountId && asked.region === own.region);
}
