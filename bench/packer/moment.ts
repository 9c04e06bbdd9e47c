// The three moments at which something goes wrong: a builder waits for its instance, its image, its copies.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Cloud, Pending } from './cloud.ts';

export const moments = ['instance', 'image', 'copies'] as const;
export type Moment = (typeof moments)[number];

/** Long enough to act in, and short everywhere else, seconds. */
export const pendingAt = (moment: Moment): Pending => ({ instance: 0.5, image: 0.5, copies: 0.5, [moment]: 10 });

/** Resolves when the endpoint shows that one thing of the account is pending: both builders have to wait then. */
export async function reached(
  moment: Moment,
  cloud: Cloud,
  account: string,
  regions: string[],
  seconds = 60,
): Promise<void> {
  const clients = regions.map((region) => new EC2Client(cloud.client(account, region)));
  const [first, ...others] = clients;
  const pendingImage = async (client: EC2Client) => {
    const filters = [{ Name: 'state', Values: ['pending'] }];
    const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: ['self'], Filters: filters }));
    return Images.length > 0;
  };
  const look = {
    instance: async () => (await pendingInstances(first!)).length > 0,
    image: () => pendingImage(first!),
    copies: async () => (await Promise.all(others.map(pendingImage))).every(Boolean),
  }[moment];
  for (const end = Date.now() + seconds * 1000; !(await look()); await sleep(200)) {
    if (Date.now() > end) throw new Error(`The build was not seen waiting for its ${moment} within ${seconds} s`);
  }
  for (const client of clients) client.destroy();
}

async function pendingInstances(client: EC2Client): Promise<string[]> {
  return alive(client, ['pending']);
}

async function alive(client: EC2Client, states: string[]): Promise<string[]> {
  const filters = [{ Name: 'instance-state-name', Values: states }];
  const { Reservations = [] } = await client.send(new DescribeInstancesCommand({ Filters: filters }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map((instance) => instance.InstanceId!));
}

/** Someone else ends the account's instances; an image that is being made of one fails with it. */
export async function terminateInstances(cloud: Cloud, account: string): Promise<void> {
  const client = new EC2Client(cloud.client(account));
  const ids = await alive(client, ['pending', 'running', 'stopping', 'stopped']);
  if (ids.length > 0) await client.send(new TerminateInstancesCommand({ InstanceIds: ids }));
  client.destroy();
}
