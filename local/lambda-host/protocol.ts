// What the host and the process of a function say to each other.
import type { FunctionFault } from './function.ts';

/** Handed to the process once, before anything else. */
export type Start = { kind: 'start'; taskRoot: string; handler: string };

export type Request = {
  kind: 'request';
  requestId: string;
  /** JSON text, as the payload below. */
  event: string;
  timeoutMilliseconds: number;
  functionArn: string;
};

export type Message =
  | { kind: 'ready' }
  | { kind: 'answer'; payload: string }
  /** `last`: the process ends after it. */
  | { kind: 'fault'; fault: FunctionFault; last: boolean };
