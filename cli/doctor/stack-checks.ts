// Is the stack whole: its outputs, its functions, and the role of each.
import { attempt } from '../aws/attempt.ts';
import { type Finding, fail, ok } from './finding.ts';
import { ofType, type Patient } from './patient.ts';

type Said = Omit<Finding, 'check'>[];

const expected = [
  'TableName',
  'StateMachineArn',
  'StartBuildFunctionName',
  'PutResourcesFunctionName',
  'SweepFunctionName',
  'EventBusArn',
  'DeadLetterQueueUrl',
  'ImageTopicArn',
  'InstanceProfileName',
];

export async function checkStack({ outputs, status, stackName, stage }: Patient): Promise<Said> {
  const missing = expected.filter((key) => !outputs.get(key));
  const deploy = `npx sls deploy --stage ${stage}`;
  if (missing.length > 0)
    return [fail(`${stackName} lacks the outputs ${missing.join(', ')}.`, `Deploy it: ${deploy}`)];
  if (!/^(?:CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status))
    return [fail(`${stackName} is ${status}.`, `See its events in CloudFormation, then deploy it again: ${deploy}`)];
  return [ok(`${stackName} is ${status}, with all outputs.`)];
}

/** Every function is there and active, and IAM knows its role. */
export async function checkFunctions(patient: Patient): Promise<Said> {
  const { LambdaClient, GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
  const { IAMClient, GetRoleCommand } = await import('@aws-sdk/client-iam');
  const lambda = new LambdaClient(patient.connection);
  const iam = new IAMClient(patient.connection);
  const functions = ofType(patient, 'AWS::Lambda::Function');
  const deploy = `Deploy the stack again: npx sls deploy --stage ${patient.stage}`;
  const bad: Said = [];
  try {
    for (const { physicalId: FunctionName } of functions) {
      const {
        State = 'Active',
        StateReason = '',
        Role = '',
      } = await attempt(`look at ${FunctionName}`, () =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
      );
      if (State === 'Failed') bad.push(fail(`${FunctionName} is ${State}: ${StateReason}`, deploy));
      const RoleName = Role.split('/').at(-1)!;
      const role = await attempt(`look at the role of ${FunctionName}`, () =>
        unlessMissing(() => iam.send(new GetRoleCommand({ RoleName }))),
      );
      if (!role) bad.push(fail(`The role ${RoleName} of ${FunctionName} is gone.`, deploy));
    }
  } finally {
    lambda.destroy();
    iam.destroy();
  }
  if (functions.length === 0) return [fail('The stack has no functions.', deploy)];
  return bad.length > 0 ? bad : [ok(`${functions.length} functions, each with its role.`)];
}

/** Undefined where IAM or Lambda knows no such thing. */
export async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (/^(?:NoSuchEntity|ResourceNotFound|InvalidSubnetID\.NotFound)/.test((error as Error).name)) return undefined;
    throw error;
  }
}
