// The faults: how each strikes one call, one invocation by Step Functions, or one event on its way.
import type { Clock } from '../../local/clock.ts';
import { type Call, ConnectionReset } from '../../local/hooks.ts';
import { AwsError } from '../../local/service.ts';
import { type Invocation, never } from './invocation.ts';
import { killed } from './paper-function.ts';

/** A call that is struck. `attempt` counts the SDK's own tries from 1. */
export type Struck<Answer> = {
  call: Call;
  attempt: number;
  /** Unknown for a call that is no function's own. */
  invocation: Pick<Invocation, 'end'> | undefined;
  clock: Clock;
  /** Kills the whole local cloud, and starts it again. */
  kill(): void;
  act(): Promise<Answer>;
};

type CallFault = <Answer>(struck: Struck<Answer>) => Promise<Answer>;
type EventFault = (carrying: Carrying) => void;

export type Carrying = {
  clock: Clock;
  deliver(): void;
  /** Calls back when the next event has been handed over, whichever that is. */
  afterNext(then: () => void): void;
};

const throttling: Record<string, [string, number]> = {
  ec2: ['RequestLimitExceeded', 503],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  lambda: ['TooManyRequestsException', 429],
  sns: ['Throttled', 429],
};
const failing: Record<string, string> = {
  ec2: 'InternalError',
  dynamodb: 'InternalServerError',
  lambda: 'ServiceException',
  ssm: 'InternalServerError',
};
const denying: Record<string, [string, number]> = {
  ec2: ['UnauthorizedOperation', 403],
  sns: ['AuthorizationError', 403],
};

const throttled = ({ service }: Call) => {
  const [code, status] = throttling[service] ?? ['ThrottlingException', 400];
  return new AwsError(code, 'Rate exceeded', status);
};
const failed = ({ service }: Call) =>
  new AwsError(failing[service] ?? 'InternalFailure', 'An internal error has occurred', 500);
const denied = ({ service, operation }: Call) => {
  const [code, status] = denying[service] ?? ['AccessDeniedException', 400];
  return new AwsError(code, `not authorized to perform ${service}:${operation} (swept)`, status);
};

/** Longer than any state of the local cloud's resources lasts, shorter than the time of a function. */
const slow = 20_000;

/** Within the time of a function, and after another has done all its work. */
const late = 30_000;

/** Each is one row of the table. What AWS repeats, it repeats: a fault strikes all tries that the SDK makes of one call, but for the reset. */
export const callFaults = {
  throttled: async ({ call }) => {
    throw throttled(call);
  },
  '5xx before the effect': async ({ call }) => {
    throw failed(call);
  },
  '5xx after the effect': async ({ call, act }) => {
    await act();
    throw failed(call);
  },
  'connection reset after the effect': async ({ call, act, attempt }) => {
    const answer = await act();
    if (attempt > 1) return answer;
    throw call.operation === 'Invoke'
      ? new AwsError('SdkClientException', 'Connection reset', 500)
      : new ConnectionReset();
  },
  'access denied': async ({ call }) => {
    throw denied(call);
  },
  'killed before the call': async ({ invocation }) => {
    invocation?.end(killed);
    return never();
  },
  'killed after the call': async ({ invocation, act }) => {
    await act();
    invocation?.end(killed);
    return never();
  },
  'timed out in the call': async ({ act }) => {
    await act();
    return never();
  },
  'answer after its events': async ({ act, clock }) => {
    const answer = await act();
    await clock.sleep(slow);
    return answer;
  },
} satisfies Record<string, CallFault>;

/** What no AWS region does: the process of the local cloud is killed, with all that runs in it. */
export const killFaults = {
  'cloud killed before the call': async ({ kill }) => {
    kill();
    return never();
  },
  'cloud killed after the call': async ({ kill, act }) => {
    await act();
    kill();
    return never();
  },
} satisfies Record<string, CallFault>;

/** Two halves of a function that is given up and goes on all the same: its call takes its time, and its caller does not wait for it. */
export const lateFaults = {
  'late in the call': async ({ act, clock }) => {
    await clock.sleep(late);
    return act();
  },
  'not waited for, and called again': async ({ act, clock }) => {
    act().catch(() => {});
    await clock.sleep(late / 2);
    throw new AwsError('SdkClientException', 'Connection reset', 500);
  },
  'not waited for, and given up': async ({ call, act, clock }) => {
    act().catch(() => {});
    await clock.sleep(late / 2);
    throw denied(call);
  },
} satisfies Record<string, CallFault>;

export const eventFaults = {
  'event lost': () => {},
  'event three times': ({ deliver, clock }) => {
    deliver();
    for (const later of [1000, 30_000]) clock.sleep(later).then(deliver);
  },
  'events reversed': ({ deliver, clock, afterNext }) => {
    let done = false;
    const once = () => {
      if (!done) deliver();
      done = true;
    };
    afterNext(() => void clock.sleep(1000).then(once));
    clock.sleep(60_000).then(once);
  },
} satisfies Record<string, EventFault>;

export type CallFaultName = keyof typeof callFaults | keyof typeof killFaults | keyof typeof lateFaults;
export type EventFaultName = keyof typeof eventFaults;
export type FaultName = CallFaultName | EventFaultName;

const ofFunctions: FaultName[] = ['killed before the call', 'killed after the call', 'timed out in the call'];

/** The faults that can strike what was recorded under this key. */
export function faultsOf(key: string): FaultName[] {
  if (key.startsWith('event ')) return Object.keys(eventFaults) as FaultName[];
  const all = Object.keys(callFaults) as FaultName[];
  return key.startsWith('states ') ? all.filter((name) => !ofFunctions.includes(name)) : all;
}

export const faultNames = [...Object.keys(callFaults), ...Object.keys(eventFaults)] as FaultName[];

export const killNames = Object.keys(killFaults) as (keyof typeof killFaults)[];
