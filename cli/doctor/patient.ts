// The stack that the doctor examines, as CloudFormation knows it.
import { attempt } from '../aws/attempt.ts';
import type { Connection } from '../aws/connection.ts';
import { accountsOf } from '../aws/stack-outputs.ts';

export type Patient = {
  connection: Connection;
  stage: string;
  stackName: string;
  region: string;
  status: string;
  outputs: Map<string, string>;
  /** The other accounts that it may distribute to. */
  accounts: string[];
  resources: { logicalId: string; type: string; physicalId: string }[];
};

/** Rejects with a CommandError where there is no such stack, or where it may not be looked at. */
export async function findPatient(connection: Connection, stage: string): Promise<Patient> {
  const stackName = `serverless-image-builder-${stage}`;
  const { CloudFormationClient, DescribeStacksCommand, paginateListStackResources } = await import(
    '@aws-sdk/client-cloudformation'
  );
  const client = new CloudFormationClient(connection);
  try {
    return await attempt(`look at the stack ${stackName}`, async () => {
      const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
      const resources: Patient['resources'] = [];
      for await (const { StackResourceSummaries = [] } of paginateListStackResources(
        { client },
        { StackName: stackName },
      ))
        for (const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = '' } of StackResourceSummaries)
          resources.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
      return {
        ...{ connection, stage, stackName, resources, status: stack?.StackStatus ?? '' },
        region: await client.config.region(),
        accounts: accountsOf(stack?.Parameters),
        outputs: new Map(stack?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
      };
    });
  } finally {
    client.destroy();
  }
}

export const ofType = ({ resources }: Patient, type: string) => resources.filter((one) => one.type === type);
