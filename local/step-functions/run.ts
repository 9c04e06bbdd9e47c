// What the states of one execution share, and what one line of states (the execution itself, a branch, an iteration) has of its own.
import type { Clock } from '../clock.ts';
import type { Json } from './definition.ts';
import type { History, Trail } from './history.ts';
import type { Scope } from './scope.ts';
import type { Tokens } from './tokens.ts';

/**
 * Runs a function and gives its result. A rejection with an AwsError is a fault of the Lambda service (`Lambda.<code>`), with a
 * Failure it is what the state fails with, with any other error it is the function's own (its `name` is the error name).
 */
export type Invoke = (
  functionName: string,
  payload: Json,
  call: { token?: string; state: string; retryCount: number },
) => Promise<Json>;

export type Run = {
  clock: Clock;
  random: () => number;
  history: History;
  tokens: Tokens;
  invoke: Invoke;
  region: string;
  /** `$$.Execution` and `$$.StateMachine`. */
  context: { Execution: { [key: string]: Json }; StateMachine: { [key: string]: Json } };
};

export type Line = {
  scope: Scope;
  trail: Trail;
  /** `$$.Map.Item` of the innermost Map state around this line. */
  item?: { Index: number; Value: Json };
  /** Inside a Parallel or Map state. */
  nested: boolean;
};

/** One attempt of one state. */
export type Visit = { run: Run; line: Line; name: string; context: { [key: string]: Json }; retryCount: number };

/** Why a scope was stopped: its execution ended, or (with the id of the event that failed) a sibling failed. */
export class Stopped extends Error {
  override name = 'Stopped';
  readonly status: 'ABORTED' | 'TIMED_OUT' | undefined;
  readonly eventId: number | undefined;
  readonly errorName: string | undefined;
  readonly causeText: string | undefined;
  constructor(why: { status?: 'ABORTED' | 'TIMED_OUT'; eventId?: number; errorName?: string; causeText?: string }) {
    super(why.status ?? 'a sibling failed');
    this.status = why.status;
    this.eventId = why.eventId;
    this.errorName = why.errorName;
    this.causeText = why.causeText;
  }
}

/** AWS's limit for the input and the output of a state or task: 256 KiB of UTF-8. */
export const maximumBytes = 262_144;
