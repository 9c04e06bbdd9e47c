// The operations on executions.
import { randomUUID } from 'node:crypto';
import { AwsError, type Operation } from '../../service.ts';
import { type ExecutionRecord, redrive } from '../execution.ts';
import type { Executions } from '../executions.ts';
import type { HistoryEvent } from '../history.ts';
import type { StateMachine } from '../machine.ts';
import { page } from '../paging.ts';
import { maximumBytes } from '../run.ts';
import { arn, checkName, json, optionalText } from './asked.ts';

export function executionOperations(
  executions: Executions,
  findMachine: (arn: string) => StateMachine,
): Record<string, Operation> {
  return {
    StartExecution(input) {
      const machine = findMachine(arn(input, 'stateMachineArn', 'stateMachine'));
      const name = checkName(String(input.name ?? randomUUID()));
      const given = String(input.input ?? '{}');
      if (Buffer.byteLength(given) > maximumBytes)
        throw new AwsError(
          'InvalidExecutionInput',
          `Invalid State Machine Execution Input: 'more than ${maximumBytes} bytes'`,
        );
      const { executionArn, startDate } = executions.start(
        machine,
        name,
        json(given, 'InvalidExecutionInput', 'State Machine Execution Input'),
      );
      return { executionArn, startDate: startDate / 1000 };
    },
    async StopExecution(input) {
      const executionArn = arn(input, 'executionArn', 'execution');
      const error = optionalText(input, 'error', 256);
      const record = await executions.stop(executionArn, error, optionalText(input, 'cause', 32_768));
      return { stopDate: (record.stopDate ?? 0) / 1000 };
    },
    DescribeExecution: (input) => description(executions.find(arn(input, 'executionArn', 'execution'))),
    DescribeStateMachineForExecution(input) {
      const { stateMachineArn } = executions.find(arn(input, 'executionArn', 'execution'));
      const { name, definition, roleArn, creationDate } = findMachine(stateMachineArn);
      return { stateMachineArn, name, definition, roleArn, updateDate: creationDate / 1000 };
    },
    ListExecutions(input) {
      const machine = findMachine(arn(input, 'stateMachineArn', 'stateMachine'));
      const wanted = executions
        .of(machine.stateMachineArn)
        .filter(({ status }) => input.statusFilter === undefined || status === input.statusFilter);
      const { items, nextToken } = page(wanted, ({ executionArn }) => executionArn, input);
      return { executions: items.map(summary), nextToken };
    },
    GetExecutionHistory(input) {
      const record = executions.find(arn(input, 'executionArn', 'execution'));
      const all = [...executions.events(record)];
      if (input.reverseOrder === true) all.reverse();
      const { items, nextToken } = page(all, ({ id }) => String(id), input);
      return { events: input.includeExecutionData === false ? items.map(withoutData) : items, nextToken };
    },
  };
}

const summary = ({ executionArn, stateMachineArn, name, status, startDate, stopDate }: ExecutionRecord) => ({
  executionArn,
  stateMachineArn,
  name,
  status,
  startDate: startDate / 1000,
  ...(stopDate === undefined ? {} : { stopDate: stopDate / 1000 }),
  redriveCount: 0,
});

const description = (record: ExecutionRecord) => ({
  ...summary(record),
  ...redrive(record),
  input: record.input,
  inputDetails: { included: true },
  ...(record.output === undefined ? {} : { output: record.output, outputDetails: { included: true } }),
  ...(record.error === undefined ? {} : { error: record.error }),
  ...(record.cause === undefined ? {} : { cause: record.cause }),
});

/** What `includeExecutionData: false` leaves of an event. */
function withoutData(event: HistoryEvent): HistoryEvent {
  const data = ['input', 'inputDetails', 'output', 'outputDetails', 'parameters'];
  const entries = Object.entries(event).map(([key, value]) =>
    value !== null && typeof value === 'object'
      ? [key, Object.fromEntries(Object.entries(value).filter(([name]) => !data.includes(name)))]
      : [key, value],
  );
  return Object.fromEntries(entries) as HistoryEvent;
}
