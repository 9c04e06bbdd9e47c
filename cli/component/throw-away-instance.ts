// An instance for one run of a component, by ordinary calls of EC2: launched, perhaps snapshotted, and always terminated.
import { setTimeout as sleep } from 'node:timers/promises';
import type { _InstanceType, EC2Client, Image, Tag } from '@aws-sdk/client-ec2';
import { parseParentImage } from '../../shared/model/parent-image.ts';
import { imageTag } from '../../shared/model/tags.ts';
import { attempt } from '../aws/attempt.ts';
import type { Connection } from '../aws/connection.ts';
import { CommandError } from '../command-error.ts';

export type ThrowAwayInstance = {
  id: string;
  /** What the instance was launched from, in its own words. */
  parent: string;
  /** Makes an AMI of it, the instance shut down for that; answers the AMI's id once it is available. */
  snapshot(name: string, signal: AbortSignal): Promise<string>;
  /** Terminates it and waits for its end. */
  terminate(): Promise<void>;
};

export type Launch = {
  /** AMI id or `ssm:<parameter>`. */
  parentImage: string;
  /** The component's name and the run's id stand in the tags of all that is made. */
  component: string;
  runId: string;
  signal: AbortSignal;
};

const pause = 100;
const patience = 120_000;

/** The instance once it runs; when it does not come up, it is terminated and the reason thrown. */
export async function launchInstance(connection: Connection, request: Launch): Promise<ThrowAwayInstance> {
  const { parentImage, component, runId, signal } = request;
  const owner = `component-run/${component}/${runId}`;
  const ec2 = await import('@aws-sdk/client-ec2');
  const client = new ec2.EC2Client(connection);
  const Tags: Tag[] = [
    { Key: 'Name', Value: `Component run of ${component}`.slice(0, 256) },
    { Key: imageTag, Value: owner.slice(-256) },
  ];
  const tagged = <Type extends string>(...types: Type[]) => types.map((ResourceType) => ({ ResourceType, Tags }));
  const imageId = await parentImageId(connection, parentImage);
  const image = await find(client, imageId);
  const InstanceType: _InstanceType = image.Architecture === 'arm64' ? 't4g.micro' : 't3.micro';
  const id = await attempt(`launch an instance from ${imageId}`, async () => {
    const { Instances } = await client.send(
      new ec2.RunInstancesCommand({
        ImageId: imageId,
        InstanceType,
        MinCount: 1,
        MaxCount: 1,
        ClientToken: runId,
        // Without one the agent of an instance cannot register; no role stands behind this name.
        IamInstanceProfile: { Name: 'image-builder-component-run' },
        InstanceInitiatedShutdownBehavior: 'stop',
        TagSpecifications: tagged('instance', 'volume', 'network-interface'),
      }),
    );
    return Instances![0]!.InstanceId!;
  });
  const terminate = () => end(client, id);
  try {
    await until(signal, `The instance ${id} is not running`, async () => {
      const { state, reason } = await look(client, id);
      if (state === 'running') return true;
      if (state === 'pending') return undefined;
      throw new CommandError(`The instance ${id} was launched and is now ${state}: ${reason}`);
    });
  } catch (error) {
    await terminate();
    throw error;
  }
  return {
    id,
    parent: image.Description || image.Name || imageId,
    async snapshot(amiName, signal) {
      const ami = await attempt(`make an AMI of the instance ${id}`, async () => {
        const TagSpecifications = tagged('image', 'snapshot');
        const request = {
          InstanceId: id,
          Name: amiName,
          Description: `Of a component run: ${owner}`,
          TagSpecifications,
        };
        return (await client.send(new ec2.CreateImageCommand(request))).ImageId!;
      });
      await until(signal, `The AMI ${ami} is not available`, async () => {
        const { State, StateReason } = await find(client, ami);
        if (State === 'available') return true;
        if (State === 'pending') return undefined;
        throw new CommandError(`The AMI ${ami} is ${State}: ${StateReason?.Message ?? 'EC2 gives no reason'}`);
      });
      return ami;
    },
    terminate,
  };
}

async function parentImageId(connection: Connection, text: string): Promise<string> {
  const parent = parseParentImage(text);
  if (parent?.kind === 'ami') return parent.imageId;
  if (parent?.kind !== 'ssm') {
    const message = `--parent-image ${text}: expected an AMI id or ssm:<parameter name>`;
    throw new CommandError(message, { exitCode: 2 });
  }
  return attempt(`read the parameter ${parent.parameter}, which names the parent image`, async () => {
    const { SSMClient, GetParameterCommand } = await import('@aws-sdk/client-ssm');
    const client = new SSMClient(connection);
    const { Parameter } = await client.send(new GetParameterCommand({ Name: parent.parameter }));
    return Parameter!.Value!;
  });
}

async function find(client: EC2Client, id: string): Promise<Image> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ec2');
  const { Images } = await attempt(`look at the AMI ${id}`, () =>
    client.send(new DescribeImagesCommand({ ImageIds: [id] })),
  );
  if (Images?.[0]) return Images[0];
  throw new CommandError(`There is no AMI ${id} in this local cloud.`, { exitCode: 2 });
}

async function look(client: EC2Client, id: string): Promise<{ state: string; reason: string }> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  const { Reservations } = await attempt(`look at the instance ${id}`, () =>
    client.send(new DescribeInstancesCommand({ InstanceIds: [id] })),
  );
  const instance = Reservations?.[0]?.Instances?.[0];
  return { state: instance?.State?.Name ?? 'pending', reason: instance?.StateReason?.Message ?? 'EC2 gives no reason' };
}

async function end(client: EC2Client, id: string): Promise<void> {
  const { TerminateInstancesCommand } = await import('@aws-sdk/client-ec2');
  await attempt(`terminate the instance ${id}`, () =>
    client.send(new TerminateInstancesCommand({ InstanceIds: [id] })),
  );
  const never = new AbortController().signal;
  await until(never, `The instance ${id} has not ended`, async () => (await look(client, id)).state === 'terminated');
}

/** Looks until there is an answer; throws the signal's reason, or `late` after two minutes. */
export async function until<Result>(
  signal: AbortSignal,
  late: string,
  attemptOne: () => Promise<Result | undefined | false>,
): Promise<Result> {
  for (const deadline = Date.now() + patience; ; ) {
    signal.throwIfAborted();
    const result = await attemptOne();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new CommandError(`${late} after ${patience / 1000} s.`);
    await sleep(pause);
  }
}
