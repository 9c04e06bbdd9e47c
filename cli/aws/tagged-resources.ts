// Finds what carries our tags: instances, volumes, AMIs, snapshots and parameters of every region that the account has switched on.
import type { EC2Client, Filter, Tag } from '@aws-sdk/client-ec2';
import { imageTag } from '../../shared/model/tags.ts';
import type { TaggedResource } from '../report/ownership.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';
import { listParameters } from './tagged-parameters.ts';

type Ec2 = typeof import('@aws-sdk/client-ec2');

const tagged: Filter[] = [{ Name: 'tag-key', Values: [imageTag] }];
const regionsAtOnce = 8;

export async function listResources(connection: Connection): Promise<TaggedResource[]> {
  const ec2 = await import('@aws-sdk/client-ec2');
  const regions = await attempt('list the regions of the account', async () => {
    const client = new ec2.EC2Client(connection);
    const { Regions = [] } = await client.send(new ec2.DescribeRegionsCommand({}));
    return Regions.flatMap(({ RegionName }) => RegionName ?? []).sort();
  });
  const found: TaggedResource[] = [];
  for (let first = 0; first < regions.length; first += regionsAtOnce) {
    const some = regions.slice(first, first + regionsAtOnce);
    found.push(...(await Promise.all(some.map((region) => ofRegion(ec2, { ...connection, region }, region)))).flat());
  }
  return found;
}

async function ofRegion(ec2: Ec2, connection: Connection, region: string): Promise<TaggedResource[]> {
  const client = new ec2.EC2Client(connection);
  try {
    const kinds = [instances, volumes, images, snapshots].map((list) => list(ec2, client));
    const lists = [...kinds, listParameters(connection)];
    return await attempt(`list the resources in ${region}`, async () =>
      (await Promise.all(lists)).flat().map((one) => ({ ...one, region })),
    );
  } finally {
    client.destroy();
  }
}

type Found = Omit<TaggedResource, 'region'>;

async function instances(ec2: Ec2, client: EC2Client): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Reservations = [] } of ec2.paginateDescribeInstances({ client }, { Filters: tagged })) {
    for (const { OwnerId = '', Instances = [] } of Reservations) {
      for (const { InstanceId = '', State, Tags } of Instances) {
        if (State?.Name !== 'terminated')
          found.push({
            kind: 'instance',
            id: InstanceId,
            accountId: OwnerId,
            state: State?.Name ?? '',
            ...owner(Tags),
          });
      }
    }
  }
  return found;
}

async function volumes(ec2: Ec2, client: EC2Client): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Volumes = [] } of ec2.paginateDescribeVolumes({ client }, { Filters: tagged })) {
    for (const { VolumeId = '', State = '', Tags } of Volumes)
      found.push({ kind: 'volume', id: VolumeId, state: State, ...owner(Tags) });
  }
  return found;
}

async function images(ec2: Ec2, client: EC2Client): Promise<Found[]> {
  const found: Found[] = [];
  const request = { Owners: ['self'], Filters: tagged, IncludeDeprecated: true, IncludeDisabled: true };
  for await (const { Images = [] } of ec2.paginateDescribeImages({ client }, request)) {
    for (const { ImageId = '', OwnerId = '', State = '', Tags } of Images) {
      found.push({ kind: 'image', id: ImageId, accountId: OwnerId, state: State, ...owner(Tags) });
    }
  }
  return found;
}

async function snapshots(ec2: Ec2, client: EC2Client): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { Snapshots = [] } of ec2.paginateDescribeSnapshots(
    { client },
    { OwnerIds: ['self'], Filters: tagged },
  )) {
    for (const { SnapshotId = '', OwnerId = '', State = '', Tags } of Snapshots) {
      found.push({ kind: 'snapshot', id: SnapshotId, accountId: OwnerId, state: State, ...owner(Tags) });
    }
  }
  return found;
}

function owner(tags: Tag[] | undefined): { image?: string } {
  const image = tags?.find(({ Key }) => Key === imageTag)?.Value;
  return image ? { image } : {};
}
