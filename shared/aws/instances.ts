// EC2 instances: one SDK call per function, faults translated, no decisions.
import {
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { InstanceView } from '../build/launch.ts';
import { attempt, codeOf } from './fault.ts';
import { stateReason } from './state-reason.ts';

export type Instances = {
  run(request: RunInstancesCommandInput): Promise<InstanceView>;
  find(id: string): Promise<InstanceView | undefined>;
  findByToken(clientToken: string): Promise<InstanceView[]>;
  /** Asks it to stop: without a word where it does already, or is stopped. */
  stop(id: string): Promise<void>;
  /** Answers the instance as EC2 shows it then; undefined where EC2 does not know it (any more, or yet). */
  terminate(id: string): Promise<InstanceView | undefined>;
};

type Described = {
  InstanceId?: string;
  State?: { Name?: string };
  StateReason?: { Code?: string; Message?: string };
};

function view(instance: Described): InstanceView {
  const reason = stateReason(instance.StateReason);
  return { id: instance.InstanceId!, state: instance.State?.Name ?? 'pending', ...(reason && { reason }) };
}

/**
 * The instances of one region. `run` makes one attempt per call: InsufficientInstanceCapacity is a 5xx, which the SDK
 * would repeat by itself (EC2 error codes; smithy service-error-classification), hence a client of its own for it.
 */
export function instancesOf(region: string): Instances {
  const client = new EC2Client({ region });
  const once = new EC2Client({ region, maxAttempts: 1 });
  return {
    run: (request) =>
      attempt(`Tried to launch a ${request.InstanceType} from ${request.ImageId} in ${region}`, async () =>
        view((await once.send(new RunInstancesCommand(request))).Instances![0]!),
      ),
    find: (id) =>
      attempt(`Tried to look at instance ${id} in ${region}`, async () => {
        try {
          const answer = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
          const found = answer.Reservations?.[0]?.Instances?.[0];
          return found && view(found);
        } catch (thrown) {
          if (codeOf(thrown) === 'InvalidInstanceID.NotFound') return undefined;
          throw thrown;
        }
      }),
    findByToken: (clientToken) =>
      attempt(`Tried to find the instance of client token ${clientToken} in ${region}`, async () => {
        const Filters = [{ Name: 'client-token', Values: [clientToken] }];
        const answer = await client.send(new DescribeInstancesCommand({ Filters }));
        return (answer.Reservations ?? []).flatMap(({ Instances = [] }) => Instances.map(view));
      }),
    stop: (id) =>
      attempt(`Tried to stop instance ${id} in ${region}`, async () => {
        await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
      }),
    terminate: (id) =>
      attempt(`Tried to terminate instance ${id} in ${region}`, async () => {
        try {
          const answer = await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
          return { id, state: answer.TerminatingInstances?.[0]?.CurrentState?.Name ?? 'pending' };
        } catch (thrown) {
          if (codeOf(thrown) === 'InvalidInstanceID.NotFound') return undefined;
          throw thrown;
        }
      }),
  };
}
