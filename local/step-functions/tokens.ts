// The task tokens that wait for an answer. A token belongs to one attempt of one task: answered, timed out or stopped, it is closed for good.
import { randomBytes } from 'node:crypto';
import { AwsError } from '../service.ts';
import type { Json } from './definition.ts';
import { Failure } from './failure.ts';

type Waiting = { succeed(output: Json): void; fail(failure: Failure): void; beat(): void };

export type TaskToken = {
  token: string;
  answer: Promise<Json>;
  /** When the last heartbeat came, in milliseconds of the clock; `undefined` before the first. */
  lastBeat(): number | undefined;
  close(): void;
};

/** AWS's tokens are opaque, several hundred characters long. */
const form = /^AQCAAAAKgAAAAMAAAA[A-Za-z0-9+/]{600,}={0,2}$/;

export class Tokens {
  readonly #waiting = new Map<string, Waiting>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  open(): TaskToken {
    const token = `AQCAAAAKgAAAAMAAAA${randomBytes(480).toString('base64')}`;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Json>();
    answer.catch(() => {});
    let lastBeat: number | undefined;
    const beat = () => {
      lastBeat = this.#now();
    };
    this.#waiting.set(token, { succeed: resolve, fail: reject, beat });
    return { token, answer, lastBeat: () => lastBeat, close: () => this.#waiting.delete(token) };
  }

  succeed(token: string, output: Json): void {
    this.#take(token).succeed(output);
  }

  /** Both are optional in AWS's API; a catcher then sees null. */
  fail(token: string, error?: string, cause?: string): void {
    this.#take(token).fail(new Failure(error, cause));
  }

  beat(token: string): void {
    this.#find(token).beat();
  }

  #take(token: string): Waiting {
    const waiting = this.#find(token);
    this.#waiting.delete(token);
    return waiting;
  }

  #find(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (waiting) return waiting;
    if (!form.test(token)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  }
}
