// Finds what carries a stack's tag in one region, page by page; terminated instances and deregistered AMIs are no longer there.
import {
  EC2Client,
  type EC2ClientConfig,
  paginateDescribeImages,
  paginateDescribeInstances,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  type Tag,
} from '@aws-sdk/client-ec2';
import { destinationText } from '../build/destinations.ts';
import type { TaggedResource } from '../model/ownership.ts';
import { entryTag, imageTag, stackTag } from '../model/tags.ts';
import { attempt } from './fault.ts';

export type Tagged = { of(stackId: string): Promise<TaggedResource[]> };

type Found = Omit<TaggedResource, 'region'>;

/** What is on its way out is nobody's concern; a volume in use goes with its instance. */
const ending = ['shutting-down', 'terminated', 'deregistered', 'deleting', 'deleted', 'in-use'];

function owner(tags: Tag[] = []): Pick<TaggedResource, 'stack' | 'image' | 'entry'> {
  const value = (key: string) => tags.find(({ Key }) => Key === key)?.Value;
  const [stack, image, entry] = [value(stackTag), value(imageTag), value(entryTag)];
  return { ...(stack && { stack }), ...(image && { image }), ...(entry && { entry }) };
}

/** The tagged resources of one region, in the account of the function; or of the credentials, where there are AMIs and snapshots only. */
export function taggedIn(region: string, credentials?: EC2ClientConfig['credentials'], account?: string): Tagged {
  const place = destinationText({ region, account });
  const client = new EC2Client({ region, ...(credentials && { credentials }) });
  const pages = { client, pageSize: 1000 };
  async function instances(Filters: { Name: string; Values: string[] }[]): Promise<Found[]> {
    const found: Found[] = [];
    for await (const { Reservations = [] } of paginateDescribeInstances(pages, { Filters }))
      for (const { InstanceId = '', State, Tags } of Reservations.flatMap(({ Instances = [] }) => Instances))
        found.push({ kind: 'instance', id: InstanceId, state: State?.Name ?? '', ...owner(Tags) });
    return found;
  }
  async function volumes(Filters: { Name: string; Values: string[] }[]): Promise<Found[]> {
    const found: Found[] = [];
    for await (const { Volumes = [] } of paginateDescribeVolumes(pages, { Filters }))
      for (const { VolumeId = '', State = '', Tags } of Volumes)
        found.push({ kind: 'volume', id: VolumeId, state: State, ...owner(Tags) });
    return found;
  }
  async function images(Filters: { Name: string; Values: string[] }[]): Promise<[Found[], Map<string, string[]>]> {
    const found: Found[] = [];
    const users = new Map<string, string[]>();
    const request = { Owners: ['self'], Filters, IncludeDeprecated: true, IncludeDisabled: true };
    for await (const { Images = [] } of paginateDescribeImages(pages, request))
      for (const { ImageId = '', State = '', Tags, BlockDeviceMappings = [] } of Images) {
        found.push({ kind: 'image', id: ImageId, state: State, ...owner(Tags) });
        for (const { Ebs } of BlockDeviceMappings)
          if (Ebs?.SnapshotId) users.set(Ebs.SnapshotId, [...(users.get(Ebs.SnapshotId) ?? []), ImageId]);
      }
    return [found, users];
  }
  async function snapshots(
    Filters: { Name: string; Values: string[] }[],
    users: Map<string, string[]>,
  ): Promise<Found[]> {
    const found: Found[] = [];
    for await (const { Snapshots = [] } of paginateDescribeSnapshots(pages, { OwnerIds: ['self'], Filters }))
      for (const { SnapshotId = '', State = '', Tags } of Snapshots)
        found.push({
          kind: 'snapshot',
          id: SnapshotId,
          state: State,
          ...owner(Tags),
          of: users.get(SnapshotId) ?? [],
        });
    return found;
  }
  return {
    of: (stackId) =>
      attempt(`Tried to find what carries the tag ${stackTag} in ${place}`, async () => {
        const filters = [{ Name: `tag:${stackTag}`, Values: [stackId] }];
        const [amis, users] = await images(filters);
        const all = [
          ...(credentials ? [] : [...(await instances(filters)), ...(await volumes(filters))]),
          ...amis,
          ...(await snapshots(filters, users)),
        ];
        return all.filter(({ state }) => !ending.includes(state)).map((one) => ({ ...one, region }));
      }),
  };
}
