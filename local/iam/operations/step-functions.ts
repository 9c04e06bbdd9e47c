// What Step Functions' operations need. Completing a task knows no resource: whoever holds its token and this action may.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
import type { Input } from '../../service.ts';
import { anywhere, type Needs, need } from '../need.ts';

const on = (action: string, field: string) => (input: Input) => [need(`states:${action}`, String(input[field]))];

export const stepFunctionsNeeds: Needs = {
  StartExecution: on('StartExecution', 'stateMachineArn'),
  ListExecutions: on('ListExecutions', 'stateMachineArn'),
  DescribeStateMachine: on('DescribeStateMachine', 'stateMachineArn'),
  StopExecution: on('StopExecution', 'executionArn'),
  DescribeExecution: on('DescribeExecution', 'executionArn'),
  GetExecutionHistory: on('GetExecutionHistory', 'executionArn'),
  DescribeStateMachineForExecution: on('DescribeStateMachineForExecution', 'executionArn'),
  ...Object.fromEntries(
    ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat', 'ListStateMachines'].map((action) => [
      action,
      anywhere(`states:${action}`),
    ]),
  ),
};
