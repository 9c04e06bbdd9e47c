// Finds what carries our tags: instances, volumes, AMIs, snapshots and parameters of every region that the account has switched on.
import type { EC2Client, Filter, Tag } from '@aws-sdk/client-ec2';
import { entryTag, imageTag, stackTag } from '../../shared/model/tags.ts';
import type { FoundResource } from '../report/ownership.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';
import { listParameters } from './tagged-parameters.ts';

type Ec2 = typeof import('@aws-sdk/client-ec2');

const tagged: Filter[] = [{ Name: 'tag-key', Values: [imageTag] }];
const regionsAtOnce = 8;

export async function listResources(connection: Connection): Promise<FoundResource[]> {
  const ec2 = await import('@aws-sdk/client-ec2');
  const regions = await attempt('list the regions of the account', async () => {
    const client = new ec2.EC2Client(connection);
    const { Regions = [] } = await client.send(new ec2.DescribeRegionsCommand({}));
    return Regions.flatMap(({ RegionName }) => RegionName ?? []).sort();
  });
  const found: FoundResource[] = [];
  for (let first = 0; first < regions.length; first += regionsAtOnce) {
    const some = regions.slice(first, first + regionsAtOnce);
    found.push(...(await Promise.all(some.map((region) => ofRegion(ec2, { ...connection, region }, region)))).flat());
  }
  return found;
}

async function ofRegion(ec2: Ec2, connection: Connection, region: string): Promise<FoundResource[]> {
  const client = new ec2.EC2Client(connection);
  try {
    const lists = [...[instances, volumes, amis].map((list) => list(ec2, client)), listParameters(connection)];
    return await attempt(`list the resources in ${region}`, async () =>
      (await Promise.all(lists)).flat().map((one) => ({ ...one, region })),
    );
  } finally {
    client.destroy();
  }
}

type Found = Omit<FoundResource, 'region'>;

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
    for (const { VolumeId = '', State = '', Tags, Attachments = [] } of Volumes) {
      const of = Attachments.flatMap(({ InstanceId }) => InstanceId ?? []);
      found.push({ kind: 'volume', id: VolumeId, state: State, ...owner(Tags), of });
    }
  }
  return found;
}

/** AMIs and snapshots; a snapshot with the AMIs that are made of it. */
async function amis(ec2: Ec2, client: EC2Client): Promise<Found[]> {
  const found: Found[] = [];
  const users = new Map<string, string[]>();
  const request = { Owners: ['self'], Filters: tagged, IncludeDeprecated: true, IncludeDisabled: true };
  for await (const { Images = [] } of ec2.paginateDescribeImages({ client }, request)) {
    for (const { ImageId = '', OwnerId = '', State = '', Tags, BlockDeviceMappings = [] } of Images) {
      for (const { Ebs } of BlockDeviceMappings)
        if (Ebs?.SnapshotId) users.set(Ebs.SnapshotId, [...(users.get(Ebs.SnapshotId) ?? []), ImageId]);
      found.push({ kind: 'image', id: ImageId, accountId: OwnerId, state: State, ...owner(Tags) });
    }
  }
  for await (const { Snapshots = [] } of ec2.paginateDescribeSnapshots(
    { client },
    { OwnerIds: ['self'], Filters: tagged },
  )) {
    for (const { SnapshotId = '', OwnerId = '', State = '', Tags } of Snapshots) {
      found.push({
        kind: 'snapshot',
        id: SnapshotId,
        accountId: OwnerId,
        state: State,
        ...owner(Tags),
        of: users.get(SnapshotId) ?? [],
      });
    }
  }
  return found;
}

function owner(tags: Tag[] = []): Pick<FoundResource, 'stack' | 'image' | 'entry'> {
  const value = (key: string) => tags.find(({ Key }) => Key === key)?.Value;
  const [stack, image, entry] = [value(stackTag), value(imageTag), value(entryTag)];
  return { ...(stack && { stack }), ...(image && { image }), ...(entry && { entry }) };
}
