// Systems Manager: Run Command on the instances of EC2, and Parameter Store.
import type { Cloud } from '../cloud.ts';
import type { Instances } from '../ec2/instances.ts';
import type { Service } from '../service.ts';
import { describeInstanceInformation } from './instance-information.ts';
import { invocationOperations } from './invocation.ts';
import { parameterStore } from './parameter-store.ts';
import { readParameterOperations } from './read-parameter.ts';
import type { SystemsManager } from './room.ts';
import { sendCommand } from './send-command.ts';
import { writeParameterOperations } from './write-parameter.ts';

export function ssm(cloud: Cloud, instances: Instances): { service: Service; stop(): void } {
  const stopping = new AbortController();
  const manager: SystemsManager = {
    cloud,
    instances,
    commands: new Map(),
    parameters: parameterStore(cloud.stateDirectory),
    background(work) {
      work(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) console.error('The local Systems Manager failed behind its answer:', error);
      });
    },
  };
  return {
    service: {
      signingName: 'ssm',
      protocol: 'json',
      jsonVersion: '1.1',
      targetPrefix: 'AmazonSSM',
      operations: {
        SendCommand: (input, caller) => sendCommand(manager, input, caller),
        ...invocationOperations(manager),
        DescribeInstanceInformation: (input, caller) => describeInstanceInformation(manager, input, caller),
        ...readParameterOperations(manager),
        ...writeParameterOperations(manager),
      },
    },
    stop: () => stopping.abort(new Error('the local cloud is stopping')),
  };
}
