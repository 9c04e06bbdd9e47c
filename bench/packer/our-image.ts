// The record of our build, read as the command line reads it, whether its command still lives or not.

import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { localConnection } from '../../cli/aws/connection.ts';
import { openStack } from '../../cli/aws/stack.ts';
import type { ImageRecord, ListedImage } from '../../shared/model/image-record.ts';
import { type Cloud, home } from './cloud.ts';
import type { Inventory } from './inventory.ts';

const stack = (cloud: Cloud) => openStack(localConnection(cloud.endpoint), 'local');

export async function newestImage(cloud: Cloud): Promise<string> {
  for await (const image of (await stack(cloud)).newestImages()) return image.arn;
  throw new Error('There is no image');
}

export async function allImages(cloud: Cloud): Promise<ListedImage[]> {
  const all: ListedImage[] = [];
  for await (const image of (await stack(cloud)).newestImages()) all.push(image);
  return all;
}

export async function readImage(cloud: Cloud, arn: string): Promise<ImageRecord> {
  const image = await (await stack(cloud)).readImage(arn);
  if (!image) throw new Error(`There is no image ${arn}`);
  return image;
}

/** What an image that is AVAILABLE consists of is not left behind. */
export async function withoutPublished(cloud: Cloud, image: ListedImage, all: Inventory): Promise<Inventory> {
  if (image.state.status !== 'AVAILABLE') return all;
  const amis = image.outputResources?.amis ?? [];
  const snapshots = await Promise.all(
    amis.map(async ({ region, image: id }) => {
      const ec2 = new EC2Client(cloud.client(home, region));
      const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
      return Images![0]!.BlockDeviceMappings!.map(({ Ebs }) => Ebs!.SnapshotId!);
    }),
  );
  const published = new Set(amis.map(({ image: id }) => id));
  return {
    ...all,
    AMIs: all.AMIs.difference(published),
    snapshots: all.snapshots.difference(new Set(snapshots.flat())),
  };
}
