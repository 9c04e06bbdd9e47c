// What the deployed stack tells about itself: the names that every other call needs.
import { CommandError } from '../command-error.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type StackOutputs = {
  /** ARN of the stack: the value of the tag on everything it makes. */
  stackId: string;
  /** The other accounts that it may distribute to (its parameter Accounts). */
  accounts: string[];
  tableName: string;
  stateMachineArn: string;
  startBuildFunctionName: string;
  putResourcesFunctionName: string;
  sweepFunctionName: string;
  answerApprovalFunctionName: string;
  checkDistributionFunctionName: string;
  deleteResourcesFunctionName: string;
  applyLifecycleFunctionName: string;
  promoteImageFunctionName: string;
  revokeImageFunctionName: string;
};

/** Reads the outputs of `serverless-image-builder-<stage>` with CloudFormation. */
export async function readStackOutputs(connection: Connection, stage: string): Promise<StackOutputs> {
  const stackName = `serverless-image-builder-${stage}`;
  let stackId = '';
  let accounts: string[] = [];
  const outputs = await attempt(`find the stack ${stackName}`, async () => {
    const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
    const client = new CloudFormationClient(connection);
    try {
      const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
      stackId = Stacks[0]?.StackId ?? '';
      accounts = accountsOf(Stacks[0]?.Parameters);
      return new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
    } catch (error) {
      if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
        const region = await client.config.region();
        throw new CommandError(
          `The stack ${stackName} is not deployed in ${region}.\n` +
            `Deploy it with \`npx sls deploy --stage ${stage}\`, name another stage with --stage, another region with AWS_REGION, or add --local.`,
          { cause: error },
        );
      }
      throw error;
    } finally {
      client.destroy();
    }
  });
  const output = (key: string) => {
    const value = outputs.get(key);
    if (value) return value;
    throw new CommandError(
      `The stack ${stackName} has no output ${key}: deploy it again from this version (\`npx sls deploy --stage ${stage}\`).`,
    );
  };
  return {
    stackId,
    accounts,
    tableName: output('TableName'),
    stateMachineArn: output('StateMachineArn'),
    startBuildFunctionName: output('StartBuildFunctionName'),
    putResourcesFunctionName: output('PutResourcesFunctionName'),
    sweepFunctionName: output('SweepFunctionName'),
    answerApprovalFunctionName: output('AnswerApprovalFunctionName'),
    checkDistributionFunctionName: output('CheckDistributionFunctionName'),
    deleteResourcesFunctionName: output('DeleteResourcesFunctionName'),
    applyLifecycleFunctionName: output('ApplyLifecycleFunctionName'),
    promoteImageFunctionName: output('PromoteImageFunctionName'),
    revokeImageFunctionName: output('RevokeImageFunctionName'),
  };
}

/** `none` stands for no account. */
export const accountsOf = (parameters: { ParameterKey?: string; ParameterValue?: string }[] = []): string[] =>
  parameters.flatMap(({ ParameterKey, ParameterValue = '' }) =>
    ParameterKey === 'Accounts' ? ParameterValue.split(',').filter((one) => /^\d{12}$/.test(one)) : [],
  );
