// CloudFormation, read only: the stacks that were loaded, their outputs and resources.
import { AwsError, type Caller, type Input, type Service } from '../service.ts';

/** A loaded stack. `created` is milliseconds since the epoch. */
export type Stack = {
  id: string;
  name: string;
  accountId: string;
  region: string;
  created: number;
  description?: string;
  resources: { logicalId: string; type: string; physicalId: string }[];
  parameters: Record<string, unknown>;
  outputs: { key: string; value: string; description?: string; exportName?: string }[];
};

/** `stacks` is asked at every call, so that stacks may be loaded later. */
export function cloudformation(stacks: () => Stack[]): Service {
  const visible = (caller: Caller) =>
    stacks().filter((stack) => stack.accountId === caller.accountId && stack.region === caller.region);
  const find = (input: Input, caller: Caller): Stack => {
    const asked = input.StackName;
    const found = visible(caller).find((stack) => stack.name === asked || stack.id === asked);
    if (!found) throw new AwsError('ValidationError', `Stack with id ${asked} does not exist`);
    return found;
  };
  return {
    signingName: 'cloudformation',
    protocol: 'query',
    version: '2010-05-15',
    operations: {
      DescribeStacks(input, caller) {
        const chosen = input.StackName === undefined ? visible(caller) : [find(input, caller)];
        return { Stacks: chosen.map(describe) };
      },
      ListStacks(input, caller) {
        const states: string[] | undefined = input.StackStatusFilter;
        const chosen = states && !states.includes('CREATE_COMPLETE') ? [] : visible(caller);
        const summary = (stack: Stack) => ({ ...identity(stack), TemplateDescription: stack.description });
        return { StackSummaries: chosen.map(summary) };
      },
      DescribeStackResources(input, caller) {
        const stack = find(input, caller);
        const wanted = (resource: Stack['resources'][number]) =>
          (input.LogicalResourceId ?? resource.logicalId) === resource.logicalId;
        const rows = stack.resources.filter(wanted).map((resource) => ({
          StackName: stack.name,
          StackId: stack.id,
          ...summarise(resource),
          Timestamp: new Date(stack.created),
        }));
        return { StackResources: rows };
      },
      DescribeStackResource(input, caller) {
        const stack = find(input, caller);
        const resource = stack.resources.find(({ logicalId }) => logicalId === input.LogicalResourceId);
        if (!resource) {
          throw new AwsError(
            'ValidationError',
            `Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`,
          );
        }
        const LastUpdatedTimestamp = new Date(stack.created);
        const detail = { StackName: stack.name, StackId: stack.id, ...summarise(resource), LastUpdatedTimestamp };
        return { StackResourceDetail: detail };
      },
      ListStackResources(input, caller) {
        const stack = find(input, caller);
        const LastUpdatedTimestamp = new Date(stack.created);
        return {
          StackResourceSummaries: stack.resources.map((resource) => ({ ...summarise(resource), LastUpdatedTimestamp })),
        };
      },
    },
  };
}

const identity = (stack: Stack) => ({
  StackId: stack.id,
  StackName: stack.name,
  CreationTime: new Date(stack.created),
  StackStatus: 'CREATE_COMPLETE',
});

const describe = (stack: Stack) => ({
  ...identity(stack),
  Description: stack.description,
  Parameters: Object.entries(stack.parameters).map(([ParameterKey, value]) => ({
    ParameterKey,
    ParameterValue: String(value),
  })),
  Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
    OutputKey: key,
    OutputValue: value,
    Description: description,
    ExportName: exportName,
  })),
  Capabilities: ['CAPABILITY_NAMED_IAM'],
  Tags: [],
  EnableTerminationProtection: false,
  DisableRollback: false,
});

const summarise = ({ logicalId, type, physicalId }: Stack['resources'][number]) => ({
  LogicalResourceId: logicalId,
  PhysicalResourceId: physicalId,
  ResourceType: type,
  ResourceStatus: 'CREATE_COMPLETE',
});
