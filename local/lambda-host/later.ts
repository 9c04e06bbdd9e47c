// Asynchronous invocations: tried again after an error and while throttled, then handed to where failed events go.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { InvokeAnswer } from '../cloud.ts';
import { AwsError } from '../service.ts';
import type { FunctionDefinition } from './function.ts';

/** A message for a queue or topic, by the ARN of the target, sent with the role of the function. */
export type DeadLetter = (
  targetArn: string,
  body: string,
  attributes: Record<string, string>,
  roleArn: string,
) => void | Promise<void>;

export type LaterSettings = {
  clock: Clock;
  /** Milliseconds before the second and the third try; AWS waits one minute, then two. */
  retryDelays: [number, number];
  deadLetter: DeadLetter;
  invoke(functionArn: string, payload: string): Promise<InvokeAnswer>;
  /** Told of an event that could neither be delivered nor handed on. */
  lost(definition: FunctionDefinition, error: unknown): void;
};

type Event = { definition: FunctionDefinition; functionArn: string; payload: string; requestId: string };

const sixHours = 21_600;
const hurriedPause = 100;

export class Later {
  readonly #settings: LaterSettings;
  readonly #hurried = new AbortController();
  readonly #stopped = new AbortController();
  readonly #undone = new Set<Promise<void>>();

  constructor(settings: LaterSettings) {
    this.#settings = settings;
  }

  /** Gives the request's id; what happens afterwards is seen in the function's log and dead-letter queue. */
  put(definition: FunctionDefinition, functionArn: string, payload: string): string {
    const event: Event = { definition, functionArn, payload, requestId: randomUUID() };
    const delivery = this.#deliver(event)
      .catch((error) => {
        if (!this.#stopped.signal.aborted) this.#settings.lost(definition, error);
      })
      .finally(() => this.#undone.delete(delivery));
    this.#undone.add(delivery);
    return event.requestId;
  }

  /** Further tries are made at once; resolves when nothing is left, or after `milliseconds`. */
  async finish(milliseconds: number): Promise<void> {
    this.#hurried.abort();
    const done = new AbortController();
    const late = this.#settings.clock.sleep(milliseconds, done.signal).catch(() => {});
    await Promise.race([late, this.#finished()]);
    done.abort();
  }

  stop(): void {
    this.#stopped.abort(new Error('The local cloud is stopping'));
    this.#hurried.abort();
  }

  async #finished(): Promise<void> {
    while (this.#undone.size > 0) await Promise.all(this.#undone);
  }

  async #pause(milliseconds: number): Promise<void> {
    const { clock } = this.#settings;
    await clock.sleep(milliseconds, this.#hurried.signal).catch(() => {});
    if (this.#hurried.signal.aborted) await clock.sleep(Math.min(milliseconds, hurriedPause), this.#stopped.signal);
  }

  async #deliver(event: Event): Promise<void> {
    const { clock, retryDelays } = this.#settings;
    const { maximumRetryAttempts = 2, maximumEventAgeInSeconds = sixHours } = event.definition;
    const expires = clock.now() + maximumEventAgeInSeconds * 1000;
    let throttled = 1000;
    for (let attempt = 1; ; ) {
      const answer = await this.#try(event);
      if (this.#stopped.signal.aborted || (answer && !answer.functionError)) return;
      let wait = Math.min(throttled, 300_000);
      if (answer) {
        if (attempt > maximumRetryAttempts) return this.#giveUp(event, answer, attempt, 'RetriesExhausted');
        wait = retryDelays[attempt - 1] ?? retryDelays[1];
        attempt += 1;
      } else throttled *= 2;
      if (clock.now() + wait > expires) return this.#giveUp(event, answer, attempt, 'EventAgeExceeded');
      await this.#pause(wait);
    }
  }

  /** `undefined` when Lambda itself could not run the function now (throttles and 5xx). */
  async #try({ functionArn, payload }: Event): Promise<InvokeAnswer | undefined> {
    try {
      return await this.#settings.invoke(functionArn, payload);
    } catch (error) {
      if (error instanceof AwsError) return undefined;
      throw error;
    }
  }

  async #giveUp(event: Event, answer: InvokeAnswer | undefined, attempts: number, condition: string): Promise<void> {
    const { deadLetterTargetArn, onFailureArn, roleArn } = event.definition;
    const { requestId } = event;
    const responsePayload = answer ? JSON.parse(answer.payload) : null;
    if (deadLetterTargetArn)
      await this.#settings.deadLetter(
        deadLetterTargetArn,
        event.payload,
        {
          RequestID: requestId,
          ErrorCode: answer ? '200' : '429',
          ErrorMessage: String(responsePayload?.errorMessage ?? condition).slice(0, 1024),
        },
        roleArn,
      );
    if (!onFailureArn) return;
    const record = {
      version: '1.0',
      timestamp: new Date(this.#settings.clock.now()).toISOString(),
      requestContext: { requestId, functionArn: event.functionArn, condition, approximateInvokeCount: attempts },
      requestPayload: JSON.parse(event.payload || 'null'),
      ...(answer
        ? {
            responseContext: {
              statusCode: 200,
              executedVersion: answer.executedVersion,
              functionError: answer.functionError,
            },
            responsePayload,
          }
        : {}),
    };
    await this.#settings.deadLetter(onFailureArn, JSON.stringify(record), {}, roleArn);
  }
}
