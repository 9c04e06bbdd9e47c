// What is known of an execution from outside: its record, and the event that tells of its status.
import type { BusEvent } from '../cloud.ts';

export type ExecutionRecord = {
  executionArn: string;
  stateMachineArn: string;
  name: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  /** Milliseconds since the epoch, as in the event; the API has seconds. */
  startDate: number;
  stopDate?: number;
  /** JSON text, byte for byte what StartExecution got. */
  input: string;
  output?: string;
  error?: string;
  cause?: string;
};

export const redrive = ({ status }: ExecutionRecord) =>
  status === 'RUNNING' || status === 'SUCCEEDED'
    ? { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `Execution is ${status} and cannot be redriven` }
    : { redriveStatus: 'REDRIVABLE' };

/** Input and output are left out when they are together more than 248 KiB once escaped. */
const mostIncluded = 248 * 1024;

export function statusChange(record: ExecutionRecord): BusEvent {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, input, output, error, cause } = record;
  const [, , , region = '', account = ''] = executionArn.split(':');
  const included = Buffer.byteLength(JSON.stringify([input, output ?? null])) <= mostIncluded;
  return {
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    account,
    region,
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name,
      status,
      startDate,
      stopDate: stopDate ?? null,
      input: included ? input : null,
      output: included ? (output ?? null) : null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatusReason: null,
      ...redrive(record),
      inputDetails: { included },
      outputDetails: output === undefined ? null : { included },
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
