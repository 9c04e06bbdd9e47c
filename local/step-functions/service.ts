// AWS Step Functions, standard workflows: the service that the endpoint serves, and what the loader and the start and stop of the cloud need.
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { AwsError, type Service } from '../service.ts';
import type { ExecutionRecord } from './execution.ts';
import { Executions } from './executions.ts';
import { loadDefinition } from './load.ts';
import type { StateMachine } from './machine.ts';
import { arn, checkName, text } from './operations/asked.ts';
import { executionOperations } from './operations/executions.ts';
import { taskOperations } from './operations/tasks.ts';
import { page } from './paging.ts';

/** What a template's AWS::StepFunctions::StateMachine comes down to. */
export type StateMachineDefinition = {
  name: string;
  definition: string | object;
  substitutions?: Record<string, string>;
  roleArn: string;
};

export type StepFunctions = {
  service: Service;
  /** Makes or replaces a machine of the home account and region and gives its ARN; throws InvalidDefinition for what cannot be run. */
  createStateMachine(machine: StateMachineDefinition): string;
  /** Ends as ABORTED, with their events, the executions that a killed cloud left running. To be called once the bus has its rules. */
  recover(): void;
  /** Ends every running execution as ABORTED. */
  stop(): Promise<void>;
  /** An execution as it stands; throws ExecutionDoesNotExist. */
  find(executionArn: string): ExecutionRecord;
};

type Neighbours = Pick<Cloud, 'clock' | 'stateDirectory' | 'accountId' | 'region' | 'bus' | 'functions'>;

export function stepFunctions(cloud: Neighbours): StepFunctions {
  const machines = new Map<string, StateMachine>();
  const executions = new Executions(cloud, join(cloud.stateDirectory, 'step-functions'));

  const make = (
    { name, definition, substitutions, roleArn }: StateMachineDefinition,
    accountId: string,
    region: string,
  ): StateMachine => {
    const machine = loadDefinition(definition, substitutions);
    return {
      stateMachineArn: `arn:aws:states:${region}:${accountId}:stateMachine:${name}`,
      name: checkName(name),
      roleArn,
      definition: JSON.stringify(machine),
      machine,
      creationDate: cloud.clock.now(),
    };
  };
  const findMachine = (stateMachineArn: string): StateMachine => {
    const machine = machines.get(stateMachineArn);
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`);
    return machine;
  };

  const service: Service = {
    signingName: 'states',
    protocol: 'json',
    jsonVersion: '1.0',
    targetPrefix: 'AWSStepFunctions',
    operations: {
      ...executionOperations(executions, findMachine),
      ...taskOperations(executions.tokens, cloud.accountId),
      CreateStateMachine(input, { accountId, region }) {
        if (input.type === 'EXPRESS')
          throw new AwsError('ValidationException', 'EXPRESS state machines are not supported here, only STANDARD');
        const [name, definition, roleArn] = [text(input, 'name'), text(input, 'definition'), text(input, 'roleArn')];
        const made = make({ name, definition, roleArn }, accountId, region);
        const former = machines.get(made.stateMachineArn);
        if (former && (former.definition !== made.definition || former.roleArn !== roleArn))
          throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${made.stateMachineArn}'`);
        if (!former) machines.set(made.stateMachineArn, made);
        return {
          stateMachineArn: made.stateMachineArn,
          creationDate: (former ?? made).creationDate / 1000,
        };
      },
      DescribeStateMachine(input) {
        const machine = findMachine(arn(input, 'stateMachineArn', 'stateMachine'));
        const { definition, roleArn } = machine;
        return {
          ...summary(machine),
          status: 'ACTIVE',
          definition,
          roleArn,
          loggingConfiguration: { level: 'OFF', includeExecutionData: false },
          tracingConfiguration: { enabled: false },
        };
      },
      ListStateMachines(input, { accountId, region }) {
        const here = [...machines.values()].filter(({ stateMachineArn }) =>
          stateMachineArn.startsWith(`arn:aws:states:${region}:${accountId}:`),
        );
        const { items, nextToken } = page(here, ({ stateMachineArn }) => stateMachineArn, input);
        return { stateMachines: items.map(summary), nextToken };
      },
    },
  };
  return {
    service,
    createStateMachine(definition) {
      const made = make(definition, cloud.accountId, cloud.region);
      machines.set(made.stateMachineArn, made);
      return made.stateMachineArn;
    },
    recover: () => executions.recover(),
    stop: () => executions.stopAll(),
    find: (executionArn) => executions.find(executionArn),
  };
}

const summary = ({ stateMachineArn, name, creationDate }: StateMachine) => ({
  stateMachineArn,
  name,
  type: 'STANDARD',
  creationDate: creationDate / 1000,
});
