// What a test takes at least when it comes after Packer: an instance of its AMI, and the time of the test.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilInstanceRunning,
} from '@aws-sdk/client-ec2';
import { type Cloud, homeRegion } from './cloud.ts';

/** Seconds, for an AMI that Packer's output names. */
export async function testLaunch(cloud: Cloud, account: string, output: string, test: number): Promise<number> {
  const ami = new RegExp(`^${homeRegion}: (ami-\\w+)`, 'm').exec(output)?.[1];
  if (!ami) throw new Error(`Packer names no AMI of ${homeRegion}:\n${output}`);
  const started = performance.now();
  const client = new EC2Client(cloud.client(account));
  const { Instances } = await client.send(
    new RunInstancesCommand({ ImageId: ami, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }),
  );
  const InstanceIds = [Instances![0]!.InstanceId!];
  try {
    await waitUntilInstanceRunning({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 3600 }, { InstanceIds });
    await sleep(test * 1000);
    return (performance.now() - started) / 1000;
  } finally {
    await client.send(new TerminateInstancesCommand({ InstanceIds }));
  }
}
