// The events of one execution, with AWS's types, ids and limit of 25,000.
import type { Clock } from '../clock.ts';
import type { Json } from './definition.ts';
import { Failure } from './failure.ts';

export type HistoryEvent = {
  /** Seconds since the epoch, as on the wire. */
  timestamp: number;
  type: string;
  id: number;
  previousEventId: number;
  /** `…EventDetails`, whose name follows from the type. */
  [details: string]: unknown;
};

export const maximumEvents = 25_000;

/** Where the next event of one line of states continues. AWS lets the first state entered follow event 0, as the start itself does. */
export type Trail = { last: number };

export class History {
  readonly events: HistoryEvent[] = [];
  readonly #clock: Clock;
  readonly #onEvent: (event: HistoryEvent) => void;
  #closed = false;

  constructor(clock: Clock, onEvent: (event: HistoryEvent) => void = () => {}) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  /** Adds an event after the trail's last and moves the trail on; fails the execution when the history is full. */
  add(trail: Trail, type: string, details?: Record<string, unknown>): number {
    if (this.events.length >= maximumEvents - 1 && type !== 'ExecutionSucceeded')
      throw new Failure(
        'States.Runtime',
        `The execution reached the maximum number of history events (${maximumEvents}).`,
      );
    trail.last = this.#append(trail.last, type, details);
    return trail.last;
  }

  /** An event that nothing follows. Left out where it no longer fits: there must be room for the end. */
  aside(previousEventId: number, type: string, details?: Record<string, unknown>): void {
    if (this.events.length < maximumEvents - 1) this.#append(previousEventId, type, details);
  }

  /** The last event; lines of states that still unwind write nothing more. */
  end(previousEventId: number, type: string, details: Record<string, unknown>): void {
    this.#append(previousEventId, type, details);
    this.#closed = true;
  }

  #append(previousEventId: number, type: string, details?: Record<string, unknown>): number {
    if (this.#closed) return previousEventId;
    const event: HistoryEvent = {
      timestamp: this.#clock.now() / 1000,
      type,
      id: this.events.length + 1,
      previousEventId,
    };
    if (details) event[detailsName(type)] = details;
    this.events.push(event);
    this.#onEvent(event);
    return event.id;
  }
}

function detailsName(type: string): string {
  const shared = /State(Entered|Exited)$/.exec(type);
  const name = shared ? `state${shared[1]}` : type.charAt(0).toLowerCase() + type.slice(1);
  return `${name}EventDetails`;
}

export const inputOf = (input: Json) => ({ input: JSON.stringify(input), inputDetails: { truncated: false } });
export const outputOf = (output: Json) => ({ output: JSON.stringify(output), outputDetails: { truncated: false } });
