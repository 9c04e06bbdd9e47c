// Which retrier answers a failure, and after how long; the counters live as long as one visit of the state.
import type { Retrier } from './definition.ts';
import type { Failure } from './failure.ts';

export class Retries {
  readonly #counts: number[];
  readonly #retriers: Retrier[];
  readonly #random: () => number;

  constructor(retriers: Retrier[] | undefined, random: () => number) {
    this.#retriers = retriers ?? [];
    this.#counts = this.#retriers.map(() => 0);
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt; `undefined` when there is none. The first retrier that matches decides, also when it is used up. */
  next(failure: Failure): number | undefined {
    const index = this.#retriers.findIndex((retrier) => failure.matches(retrier.ErrorEquals));
    const retrier = this.#retriers[index];
    if (!retrier) return undefined;
    const used = this.#counts[index] ?? 0;
    if (used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#counts[index] = used + 1;
    const seconds = Math.min(
      (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used,
      retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY,
    );
    return seconds * 1000 * (retrier.JitterStrategy === 'FULL' ? this.#random() : 1);
  }
}
