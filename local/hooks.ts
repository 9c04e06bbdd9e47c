// Where a test may stand between the parts of the local cloud: each call, each event on its way, what functions and instances run in.
import type { Store } from './dynamodb/store.ts';
import type { Records } from './ec2/records.ts';
import type { Target } from './events/rule.ts';
import type { StartFunction } from './lambda-host/pool.ts';
import type { Machine } from './machine/machine.ts';
import type { Caller } from './service.ts';

/** One request that reached a service, or (service `lambda`, operation `Invoke`) a function that Step Functions calls. */
export type Call = {
  service: string;
  operation: string;
  caller: Caller;
  /** The called function's name, of an invocation. */
  function?: string;
  /** What tells the tries of one call by a client apart from other calls: the SDK's `amz-sdk-invocation-id`. */
  invocationId?: string | undefined;
};

/** Runs `act` where the call is to have its effect; may wait, throw an AwsError, or break the connection instead of an answer. */
export type Intercept = <Answer>(call: Call, act: () => Promise<Answer>) => Promise<Answer>;

/** Thrown in place of an answer: the client's connection is reset. */
export class ConnectionReset extends Error {
  override name = 'ConnectionReset';
}

export type Delivery = { event: Record<string, unknown>; target: Target };

export type Hooks = {
  intercept?: Intercept;
  /** Hands an event over to one target, some turns of the event loop later: once, never, later or more often. */
  carry?: (delivery: Delivery, deliver: () => void) => void;
  startFunction?: StartFunction;
  machine?: Machine;
  /** EC2's records, in place of those on disk. */
  records?: Records;
  /** Opens the database of an account and region, in place of the one on disk. */
  openTables?: (accountId: string, region: string) => Promise<Store>;
};
