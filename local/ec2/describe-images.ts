// DescribeImages: one's own, the shared and the public ones.
import type { Caller, Input } from '../service.ts';
import { protectionOf } from './deregistration-protection.ts';
import { type FilterValues, filtered } from './filter.ts';
import { checkId, notFound } from './identifier.ts';
import { lastLaunchedTime } from './image-state.ts';
import { flag, list, page, structures } from './input.ts';
import type { ImageRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { standInNamed } from './stand-in.ts';
import { tagSet, tagsOf } from './tags.ts';

const values: FilterValues<ImageRecord> = {
  'image-id': (image) => [image.imageId],
  name: (image) => [image.name],
  state: (image) => [image.state],
  description: (image) => [image.description],
  architecture: (image) => [image.architecture],
  'is-public': (image) => [String(isPublic(image))],
  'owner-id': (image) => [image.accountId],
  'owner-alias': (image) => [image.ownerAlias],
  'creation-date': (image) => [image.creationDate],
  'image-type': () => ['machine'],
  'root-device-type': () => ['ebs'],
  'root-device-name': (image) => [image.rootDeviceName],
  'virtualization-type': () => ['hvm'],
  'source-instance-id': (image) => [image.sourceInstanceId],
  'source-image-id': (image) => [image.sourceImageId],
  'source-image-region': (image) => [image.sourceImageRegion],
  'block-device-mapping.snapshot-id': (image) => image.blockDevices.map((device) => device.snapshotId),
};

function isPublic(image: ImageRecord): boolean {
  return image.launchPermissions.some((permission) => permission.group === 'all');
}

function visible(image: ImageRecord, accountId: string): boolean {
  return (
    image.accountId === accountId ||
    isPublic(image) ||
    image.launchPermissions.some((permission) => permission.userId === accountId)
  );
}

/** Who asks for a publisher's images by name finds one, whatever there was before. */
function standInForPublic(ec2: Ec2, input: Input, caller: Caller): void {
  const valuesOf = (name: string) =>
    structures(input, 'Filter').flatMap((filter) => (filter.Name === name ? list(filter, 'Value') : []));
  const [architecture] = valuesOf('architecture');
  for (const owner of list(input, 'Owner'))
    for (const name of valuesOf('name')) standInNamed(ec2, caller.region, owner, name, architecture);
}

export function describeImages(ec2: Ec2, input: Input, caller: Caller): unknown {
  const ids = list(input, 'ImageId').map((id) => checkId('ami', id));
  standInForPublic(ec2, input, caller);
  const seen = Object.values(ec2.records.images).filter(
    (image) => image.region === caller.region && visible(image, caller.accountId),
  );
  const missing = ids.filter((id) => !seen.some((image) => image.imageId === id));
  if (missing.length > 0) throw notFound('ami', missing);
  const now = new Date(ec2.cloud.clock.now()).toISOString();
  const current = (image: ImageRecord) =>
    image.accountId === caller.accountId ||
    image.deprecationTime === undefined ||
    image.deprecationTime > now ||
    flag(input, 'IncludeDeprecated');
  const owners = list(input, 'Owner').map((owner) => (owner === 'self' ? caller.accountId : owner));
  const users = list(input, 'ExecutableBy').map((user) => (user === 'self' ? caller.accountId : user));
  const asked = seen.filter(
    (image) =>
      (ids.length > 0 ? ids.includes(image.imageId) : current(image)) &&
      (image.state !== 'disabled' || flag(input, 'IncludeDisabled')) &&
      (owners.length === 0 || owners.includes(image.accountId) || owners.includes(image.ownerAlias ?? '')) &&
      (users.length === 0 ||
        image.launchPermissions.some(({ userId, group }) => users.includes(userId ?? group ?? ''))),
  );
  const tags = (image: ImageRecord) => tagsOf(ec2, caller.accountId, image.imageId);
  const { items, nextToken } = page(filtered(asked, input, values, tags), input);
  return { imagesSet: items.map((image) => imageView(image, tags(image), ec2.cloud.clock.now())), nextToken };
}

function imageView(image: ImageRecord, tags: Record<string, string>, now: number): unknown {
  const launched = lastLaunchedTime(image, now);
  return {
    imageId: image.imageId,
    imageLocation: `${image.ownerAlias ?? image.accountId}/${image.name}`,
    imageState: image.state,
    ...(image.stateReason && { stateReason: image.stateReason }),
    imageOwnerId: image.accountId,
    ...(image.ownerAlias && { imageOwnerAlias: image.ownerAlias }),
    isPublic: isPublic(image),
    creationDate: image.creationDate,
    name: image.name,
    ...(image.description && { description: image.description }),
    architecture: image.architecture,
    imageType: 'machine',
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
    rootDeviceType: 'ebs',
    rootDeviceName: image.rootDeviceName,
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    enaSupport: true,
    sriovNetSupport: 'simple',
    blockDeviceMapping: image.blockDevices.map(({ deviceName, ...ebs }) => ({ deviceName, ebs })),
    ...(image.sourceInstanceId && { sourceInstanceId: image.sourceInstanceId }),
    ...(image.sourceImageId && { sourceImageId: image.sourceImageId, sourceImageRegion: image.sourceImageRegion }),
    ...(image.deprecationTime && { deprecationTime: image.deprecationTime }),
    ...(launched && { lastLaunchedTime: launched }),
    deregistrationProtection: protectionOf(image),
    imageAllowed: true,
    tagSet: tagSet(tags),
  };
}
