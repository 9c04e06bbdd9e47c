// What EC2 says of instance types: one SDK call per function, faults translated, no decisions.
import { type _InstanceType, DescribeInstanceTypesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { attempt } from './fault.ts';

export type InstanceTypes = {
  /** The architectures each type runs, by type (ProcessorInfo.SupportedArchitectures). */
  architectures(types: string[]): Promise<Map<string, string[]>>;
};

export function instanceTypes(): InstanceTypes {
  const client = new EC2Client({});
  return {
    architectures: (types) =>
      attempt(`Tried to look up the instance types ${types.join(', ')}`, async () => {
        const asked = types as _InstanceType[];
        const answer = await client.send(new DescribeInstanceTypesCommand({ InstanceTypes: asked }));
        return new Map(
          (answer.InstanceTypes ?? []).map(({ InstanceType, ProcessorInfo }) => [
            String(InstanceType),
            (ProcessorInfo?.SupportedArchitectures ?? []).map(String),
          ]),
        );
      }),
  };
}
