// What an account has in all regions of the scenario, by an SDK client: what is left behind is counted by neither of the two builders.
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import type { Cloud } from './cloud.ts';

export const kinds = ['instances', 'volumes', 'key pairs', 'security groups', 'AMIs', 'snapshots'] as const;

/** Ids by kind. */
export type Inventory = Record<(typeof kinds)[number], Set<string>>;

export async function inventory(cloud: Cloud, account: string, regions: string[]): Promise<Inventory> {
  const found = await Promise.all(regions.map((region) => inRegion(new EC2Client(cloud.client(account, region)))));
  const merged = kinds.map((kind) => [kind, new Set(found.flatMap((one) => [...one[kind]]))]);
  return Object.fromEntries(merged) as Inventory;
}

async function inRegion(ec2: EC2Client): Promise<Inventory> {
  const [instances, volumes, keyPairs, groups, images, snapshots] = await Promise.all([
    ec2.send(new DescribeInstancesCommand({})),
    ec2.send(new DescribeVolumesCommand({})),
    ec2.send(new DescribeKeyPairsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
    ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] })),
  ]);
  const alive = instances
    .Reservations!.flatMap(({ Instances = [] }) => Instances)
    .filter(({ State }) => State!.Name !== 'terminated');
  ec2.destroy();
  return {
    instances: new Set(alive.map((instance) => instance.InstanceId!)),
    volumes: new Set(volumes.Volumes!.map((volume) => volume.VolumeId!)),
    'key pairs': new Set(keyPairs.KeyPairs!.map((pair) => pair.KeyPairId!)),
    'security groups': new Set(
      groups.SecurityGroups!.filter((group) => group.GroupName !== 'default').map((group) => group.GroupId!),
    ),
    AMIs: new Set(images.Images!.map((image) => image.ImageId!)),
    snapshots: new Set(snapshots.Snapshots!.map((snapshot) => snapshot.SnapshotId!)),
  };
}

/** What is in `now` and not in `before`. */
export function added(now: Inventory, before: Inventory): Inventory {
  return Object.fromEntries(kinds.map((kind) => [kind, now[kind].difference(before[kind])])) as Inventory;
}

export const total = (all: Inventory) => kinds.reduce((sum, kind) => sum + all[kind].size, 0);

/** `1 instance, 2 AMIs`, or `nothing`. */
export function inventoryText(all: Inventory): string {
  const said = kinds.filter((kind) => all[kind].size > 0);
  const one = (kind: string, count: number) => `${count} ${count === 1 ? kind.replace(/s$/, '') : kind}`;
  return said.map((kind) => one(kind, all[kind].size)).join(', ') || 'nothing';
}
