// Resolves the parent image of a recipe to one AMI, once per build.
import type { AmisAt } from '../aws/amis.ts';
import type { Parameters } from '../aws/parameters.ts';
import type { AmiView } from '../build/ami.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { parseArn } from '../model/arns.ts';
import type { ListedImage } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import { type ImageFilter, parentImageText, parseParentImage } from '../model/parent-image.ts';
import type { NameAndVersion } from '../model/references.ts';
import { textOrder } from '../model/text-order.ts';
import { parseVersion, versionSortKey, versionSortKeyPrefix } from '../model/versions.ts';
import type { Images } from '../store/images.ts';

export type Resolving = { images: Images; parameters: Parameters; amis: AmisAt };

/** The AMI in `region` that `asked` means now; NotFoundError names what led nowhere. */
export async function resolveParent(
  resolving: Resolving,
  asked: string | ImageFilter,
  region: string,
): Promise<AmiView> {
  const parentImage = parentImageText(asked);
  const ami = await found(resolving, asked, region);
  if (ami.state !== 'available')
    throw new InvalidRequestError(
      `The parent image ${parentImage} is AMI ${ami.id}, which is ${ami.state}, not available.`,
    );
  // StopInstances and CreateImage need an EBS root (EC2 API reference, StopInstances; user guide, creating an EBS-backed AMI).
  if (ami.rootDeviceType === 'instance-store')
    throw new InvalidRequestError(
      `The parent image ${parentImage} is AMI ${ami.id}, whose root is an instance store: EC2 can neither stop its instances nor make an AMI of them. Choose an EBS-backed parent image.`,
    );
  return ami;
}

async function found(resolving: Resolving, asked: string | ImageFilter, region: string): Promise<AmiView> {
  const parentImage = parentImageText(asked);
  const parent = parseParentImage(asked);
  if (!parent)
    throw new InvalidRequestError(
      `The parent image ${parentImage} is not an AMI id, ssm:<parameter>, an image ARN, name/x.x.x or an owner with a name.`,
    );
  if (parent.kind === 'filter') return newestOf(resolving, parent, region);
  const id =
    parent.kind === 'ami'
      ? parent.imageId
      : parent.kind === 'ssm'
        ? await amiIn(resolving, parent.parameter)
        : await newestOutput(resolving.images, parentImage, parent, region);
  const ami = await resolving.amis(region).find(id);
  if (ami) return ami;
  throw new NotFoundError(
    `The parent image ${parentImage} is AMI ${id}, which does not exist in ${region} or is not shared with this account.`,
  );
}

/** The newest available AMI of an owner by its name: creation dates are ISO 8601, so that text order is time order. */
async function newestOf({ amis }: Resolving, filter: ImageFilter, region: string): Promise<AmiView> {
  const filters = [
    { Name: 'name', Values: [filter.name] },
    { Name: 'state', Values: ['available'] },
    ...(filter.architecture ? [{ Name: 'architecture', Values: [filter.architecture] }] : []),
  ];
  const all = await amis(region).findOf(filter.owner, filters);
  const byDate = all.toSorted((a, b) => textOrder(a.creationDate ?? '', b.creationDate ?? ''));
  const newest = byDate.at(-1);
  if (newest) return newest;
  throw new NotFoundError(
    `No available AMI in ${region} matches the parent image ${parentImageText(filter)}: check owner, name and region (\`aws ec2 describe-images --owners ${filter.owner} --filters 'Name=name,Values=…'\` shows what there is).`,
  );
}

/** What a parameter holds is told only where it is an AMI id: whoever writes pipelines may not be allowed to read parameters. */
async function amiIn({ parameters }: Resolving, parameter: string): Promise<string> {
  const value = await parameters.value(parameter);
  if (value.startsWith('ami-')) return value;
  throw new InvalidRequestError(`The SSM parameter ${parameter} does not hold an AMI id (ami-…).`);
}

/** Statuses of images that may be built on, the first is better. Pipelines run on with deprecated images (Image Builder user guide, lifecycle rules), not with disabled ones. */
const parents = ['DEPRECATED', 'AVAILABLE'];

const isThere = ({ outputResources }: ListedImage, region: string) =>
  !outputResources.amis.some(
    (ami) => ami.region === region && (ami.state?.status === 'DELETED' || ami.state?.status === 'DISABLED'),
  );

/** The output in `region` of the highest available version that the reference allows and that was not revoked; among builds of one version the newest. A deprecated one where no other fits. */
async function newestOutput(
  images: Images,
  parentImage: string,
  { name, version }: NameAndVersion,
  region: string,
): Promise<string> {
  const prefix = versionSortKeyPrefix(version);
  let best: { key: string; image: ListedImage } | undefined;
  let revoked: ListedImage | undefined;
  for await (const image of images.all()) {
    const standing = parents.indexOf(image.state.status);
    if (standing < 0 || normalisedName(image.name) !== normalisedName(name)) continue;
    // Elsewhere it may be spared: an image is as far retired as the AMI of it that is least.
    if (!sortKeyOf(image).startsWith(prefix) || !isThere(image, region) || !isOfSameHome(image.arn, parentImage))
      continue;
    const key = `${standing} ${sortKeyOf(image)}`;
    // What was distributed of another image has a later number, and is no newer: who wants it names its build.
    if (image.distributionOf?.from !== undefined && version.build === undefined) continue;
    if (image.revoked) revoked = image;
    else if (!best || key > best.key) best = { key, image };
  }
  if (!best && revoked)
    throw new InvalidRequestError(
      `The parent image ${parentImage} is ${revoked.arn}, which was revoked at ${revoked.revoked!.at} (${revoked.revoked!.reason}): build another one, or name another version.`,
    );
  if (!best) throw new NotFoundError(`No available image matches the parent image ${parentImage}: build it first.`);
  const ami = best.image.outputResources.amis.find((output) => output.region === region);
  if (ami) return ami.image;
  throw new NotFoundError(
    `The parent image ${best.image.arn} was not distributed to ${region}: add that region to its distributions.`,
  );
}

function sortKeyOf({ version }: ListedImage): string {
  const [number, build] = version.split('/');
  return versionSortKey(parseVersion(number!)!, Number(build));
}

/** True for a reference by name; an ARN must be of the account and region that this image belongs to. */
function isOfSameHome(imageArn: string, parentImage: string): boolean {
  const [own, asked] = [parseArn(imageArn)!, parseArn(parentImage)];
  return !asked || (asked.accountId === own.accountId && asked.region === own.region);
}
