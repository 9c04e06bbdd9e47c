// Records every call and every event of a build under a key that the same build has again, and strikes those it is told to.
import type { Clock } from '../../local/clock.ts';
import type { Delivery, Hooks } from '../../local/hooks.ts';
import {
  type CallFaultName,
  callFaults,
  type EventFaultName,
  eventFaults,
  type FaultName,
  killFaults,
  lateFaults,
} from './faults.ts';
import type { Invocation } from './invocation.ts';
import { accountId as home } from './paper-cloud.ts';

/** A fault at one recorded call or event. */
export type Strike = { key: string; fault: FaultName };

export type Strikes = Required<Pick<Hooks, 'intercept' | 'carry'>> & {
  /** Keys of what happened, in order. */
  recorded: string[];
  /** Strikes that found their call. */
  struck: Set<Strike>;
  /** Nothing is recorded or struck before; from here on calls are counted anew. */
  begin(): void;
  /** Whose call it is that bears an SDK's invocation id. */
  caller(invocationId: string, invocation: Pick<Invocation, 'function' | 'end'>): void;
};

export type Witness = {
  /** After an API call had its effect. */
  acted(operation: string): void;
  /** Answers true for an event that is the test's own to take. */
  took(delivery: Delivery): boolean;
};

export type Powers = {
  clock: Clock;
  /** Runs something some turns of the event loop later, before time passes. */
  soon(act: () => void): void;
  /** Kills the whole local cloud, and starts it again. */
  kill(): void;
};

export function strikes(wanted: Strike[], { clock, soon, kill }: Powers, witness: Witness): Strikes {
  const recorded: string[] = [];
  const struck = new Set<Strike>();
  const counts = new Map<string, number>();
  const callers = new Map<string, Pick<Invocation, 'function' | 'end'>>();
  const attempts = new Map<string, { key: string; count: number }>();
  let waiting: (() => void)[] = [];
  let begun = false;

  const numbered = (name: string) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const key = `${name} ${count}`;
    recorded.push(key);
    return key;
  };
  const strikeAt = (key: string) => {
    const found = wanted.find((one) => one.key === key);
    if (found) struck.add(found);
    return found;
  };

  return {
    recorded,
    struck,
    begin() {
      begun = true;
      counts.clear();
      recorded.length = 0;
    },
    caller: (invocationId, invocation) => void callers.set(invocationId, invocation),
    async intercept(call, act) {
      const { invocationId = '', service, operation } = call;
      const invocation = callers.get(invocationId);
      if (!begun || (!invocation && !call.function)) return act();
      const known = attempts.get(invocationId);
      const who = call.function ? `states ${service}.${operation} ${short(call.function)}` : '';
      const { region, accountId } = call.caller;
      const place = accountId === home ? region : `${region} of ${accountId}`;
      const name = invocation ? `${invocation.function} ${service}.${operation} ${place}` : who;
      const attempt = known ?? { key: numbered(name), count: 0 };
      attempt.count += 1;
      if (invocation) attempts.set(invocationId, attempt);
      const witnessed = async () => {
        const answer = await act();
        witness.acted(operation);
        return answer;
      };
      const strike = strikeAt(attempt.key);
      if (!strike) return witnessed();
      return { ...callFaults, ...killFaults, ...lateFaults }[strike.fault as CallFaultName]({
        call,
        attempt: attempt.count,
        invocation,
        clock,
        kill,
        act: witnessed,
      });
    },
    carry(delivery, handOver) {
      if (witness.took(delivery)) return;
      const deliver = () => soon(handOver);
      if (!begun) return deliver();
      const key = numbered(eventName(delivery));
      const before = waiting;
      waiting = [];
      const strike = strikeAt(key);
      if (strike)
        eventFaults[strike.fault as EventFaultName]({ clock, deliver, afterNext: (then) => waiting.push(then) });
      else deliver();
      for (const then of before) then();
    },
  };
}

/** Without the stack's name. */
const short = (name: string) => name.replace(/serverless-image-builder-local-?/, '');

const states = ['state', 'State', 'status'];

/** Source region, kind, state and receiver of an event. */
function eventName({ event, target }: Delivery): string {
  const detail = event.detail as Record<string, unknown>;
  const state = states.map((name) => detail[name]).find((value) => typeof value === 'string');
  const receiver = short(target.Arn.split(':').at(-1)!);
  return `event ${event['detail-type']} ${state ?? ''} ${event.region} → ${receiver}`;
}
