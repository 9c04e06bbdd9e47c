// Instance types by their names: the local cloud needs of them only what architecture they have.
import { AwsError, type Operation } from '../service.ts';
import { list } from './input.ts';

const sizes = /^(nano|micro|small|medium|large|xlarge|\d+xlarge|metal|metal-\d+xl)$/;

/** EC2's architecture of an instance type: Graviton families have a g after the generation (t4g, m7gd), and a1. */
export function architectureOf(instanceType: string): string {
  const [family = '', size = ''] = instanceType.split('.');
  const options = /^[a-z]+\d+([a-z\d-]*)$/.exec(family)?.[1];
  if (options === undefined || !sizes.test(size)) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
  }
  return family === 'a1' || options.includes('g') ? 'arm64' : 'x86_64';
}

export const instanceTypeOperations: Record<string, Operation> = {
  DescribeInstanceTypes(input) {
    const asked = list(input, 'InstanceType');
    if (asked.length === 0) {
      throw new AwsError(
        'UnsupportedOperation',
        'The local cloud describes instance types by name only: give InstanceTypes.',
      );
    }
    return {
      instanceTypeSet: asked.map((instanceType) => ({
        instanceType,
        currentGeneration: true,
        processorInfo: { supportedArchitectures: [architectureOf(instanceType)] },
      })),
    };
  },
};
