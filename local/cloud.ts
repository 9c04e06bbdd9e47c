// What the services of the local cloud may ask of each other; everything else goes over the wire.
import type { Clock } from './clock.ts';

/** An event as EventBridge delivers it, before id and version are added. It reaches the bus of its own account and region only. */
export type BusEvent = {
  source: string;
  'detail-type': string;
  account: string;
  region: string;
  resources: string[];
  detail: Record<string, unknown>;
  /** Bus name; AWS services put on `default`. */
  bus?: string;
};

export type Bus = { put(event: BusEvent): void };

export type Logs = {
  /** Appends lines to a stream of an existing or new group (what agents and Lambda write). */
  append(scope: { accountId: string; region: string }, group: string, stream: string, lines: string[]): void;
};

export type InvokeAnswer = { payload: string; functionError?: 'Unhandled' | 'Handled'; executedVersion: string };

export type Functions = {
  /** Runs a function by name or ARN, qualified or not; rejects with an AwsError where Lambda's Invoke would. `as` is the role that calls. */
  invoke(function_: string, payload: string, as?: string): Promise<InvokeAnswer>;
  /** Queues an asynchronous invocation: two further tries after an error, then the function's own dead-letter queue. */
  invokeLater(function_: string, payload: string): void;
  /** Initialises functions that will be needed, one after the other, as Lambda may do ahead of a request. */
  warm?(functions: string[]): void;
};

/** How long pending states last, in milliseconds. Never zero by default, so that waits are exercised. */
export type Delays = {
  instanceRunning: number;
  agentOnline: number;
  instanceStopped: number;
  instanceTerminated: number;
  imageAvailable: number;
  copyAvailable: number;
};

export const defaultDelays: Delays = {
  instanceRunning: 100,
  // Shorter still: a command that comes too early costs a retry of up to two seconds on each instance.
  agentOnline: 25,
  instanceStopped: 100,
  instanceTerminated: 100,
  imageAvailable: 100,
  copyAvailable: 200,
};

/** What a service is made with. `accountId` and `region` are the home of the deployed stack. */
export type Cloud = {
  clock: Clock;
  stateDirectory: string;
  accountId: string;
  region: string;
  delays: Delays;
  bus: Bus;
  logs: Logs;
  functions: Functions;
};
