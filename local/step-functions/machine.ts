// A state machine as the service keeps it.
import type { Machine } from './definition.ts';

export type StateMachine = {
  stateMachineArn: string;
  name: string;
  roleArn: string;
  /** The definition as text, substitutions applied: what DescribeStateMachine shows. */
  definition: string;
  machine: Machine;
  /** Milliseconds since the epoch. */
  creationDate: number;
};
