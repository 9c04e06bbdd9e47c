// The processes of one version of one function: the warmest idle one takes the next request, a new one is started where none is idle.
import type { Clock } from '../clock.ts';
import type { Launch, Outcome } from './process.ts';

/** What a function runs in: takes one request at a time, until it is killed or not usable any more. */
export type Sandbox = {
  usable: boolean;
  /** Resolves when it can take a request, or never will. */
  ready?: Promise<unknown>;
  ended: Promise<void>;
  /** Never rejects. */
  invoke(event: string, functionArn: string): Promise<Outcome>;
  kill(): void;
};

export type StartFunction = (launch: Launch) => Sandbox;

export class Pool {
  readonly #start: () => Promise<Sandbox>;
  readonly #clock: Clock;
  readonly #keepIdle: number;
  readonly #idle: { process: Sandbox; used: AbortController }[] = [];
  readonly #all = new Set<Sandbox>();
  #starting = 0;
  #stopped = false;

  /** `keepIdle`: milliseconds after which an idle process is ended. */
  constructor(start: () => Promise<Sandbox>, clock: Clock, keepIdle: number) {
    this.#start = start;
    this.#clock = clock;
    this.#keepIdle = keepIdle;
  }

  async invoke(event: string, functionArn: string): Promise<Outcome> {
    const process = this.#takeIdle() ?? (await this.#startOne());
    const outcome = await process.invoke(event, functionArn);
    if (process.usable) this.#putIdle(process);
    return outcome;
  }

  /** Starts a process ahead of its first request, where there is none; resolves when that is done, well or not. */
  async warm(): Promise<void> {
    if (this.#all.size > 0 || this.#starting > 0) return;
    const process = await this.#startOne();
    this.#putIdle(process);
    await process.ready;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { used } of this.#idle.splice(0)) used.abort();
    for (const process of this.#all) process.kill();
    await Promise.all([...this.#all].map(({ ended }) => ended));
  }

  #takeIdle(): Sandbox | undefined {
    for (let entry = this.#idle.pop(); entry; entry = this.#idle.pop()) {
      entry.used.abort();
      if (entry.process.usable) return entry.process;
    }
    return undefined;
  }

  async #startOne(): Promise<Sandbox> {
    this.#starting += 1;
    const process = await this.#start().finally(() => {
      this.#starting -= 1;
    });
    this.#all.add(process);
    process.ended.then(() => this.#all.delete(process));
    if (this.#stopped) process.kill();
    return process;
  }

  #putIdle(process: Sandbox): void {
    const entry = { process, used: new AbortController() };
    this.#idle.push(entry);
    this.#clock.sleep(this.#keepIdle, entry.used.signal).then(
      () => {
        const index = this.#idle.indexOf(entry);
        if (index < 0) return;
        this.#idle.splice(index, 1);
        process.kill();
      },
      () => {},
    );
  }
}
