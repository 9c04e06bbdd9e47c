// One process of one function (Lambda's execution environment): starts cold, answers one request at a time, ends when it is killed.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Clock } from '../clock.ts';
import type { FunctionFault } from './function.ts';
import type { Message, Request, Start } from './protocol.ts';

export type Launch = {
  taskRoot: string;
  handler: string;
  variables: Record<string, string>;
  memorySize: number;
  /** Seconds. */
  timeout: number;
  clock: Clock;
  log(lines: string[]): void;
};

export type Outcome = { payload: string } | { fault: FunctionFault };

/** How long Lambda lets a function initialise before the time of its first request begins to count. */
const initialisation = 10_000;

export class FunctionProcess {
  readonly #child: ChildProcess;
  readonly #launch: Launch;
  readonly ready: Promise<Outcome>;
  #waiting: ((outcome: Outcome) => void) | undefined;
  #requestId = '';
  /** Whether it can take a further request. */
  usable = true;
  readonly ended: Promise<void>;

  constructor(launch: Launch) {
    this.#launch = launch;
    this.#child = fork(new URL('bootstrap.ts', import.meta.url), [], {
      cwd: launch.taskRoot,
      env: launch.variables,
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${launch.memorySize}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => launch.log([line]));
    this.ready = this.#next();
    this.ended = new Promise((resolve) => {
      const over = (reason: string) => {
        this.usable = false;
        this.#settle({ fault: this.#exitError(reason) });
        resolve();
      };
      this.#child.once('exit', (code, signal) => over(signal ? `signal: ${signal}` : `exit status ${code}`));
      this.#child.on('error', (error) => over(`cannot start: ${error.message}`));
    });
    this.#child.on('message', (message: Message) => {
      if (message.kind === 'fault' && message.last) this.usable = false;
      if (message.kind === 'fault') this.#settle({ fault: message.fault });
      else this.#settle({ payload: message.kind === 'answer' ? message.payload : '' });
    });
    const start: Start = { kind: 'start', taskRoot: launch.taskRoot, handler: launch.handler };
    this.#child.send(start, () => {});
  }

  /** Never rejects: what goes wrong is the outcome's fault, in Lambda's words. */
  async invoke(event: string, functionArn: string): Promise<Outcome> {
    const { timeout } = this.#launch;
    this.#requestId = randomUUID();
    const ready = await this.#within(this.ready, initialisation + timeout * 1000);
    if ('fault' in ready) {
      this.kill();
      return ready;
    }
    const request: Request = {
      kind: 'request',
      requestId: this.#requestId,
      event,
      timeoutMilliseconds: timeout * 1000,
      functionArn,
    };
    const answer = this.#next();
    if (this.usable) this.#child.send(request, () => {});
    else this.#settle({ fault: this.#exitError('killed') });
    return this.#within(answer, timeout * 1000);
  }

  kill(): void {
    this.usable = false;
    this.#child.kill('SIGKILL');
  }

  async #within(outcome: Promise<Outcome>, milliseconds: number): Promise<Outcome> {
    const over = new AbortController();
    const late = this.#launch.clock.sleep(milliseconds, over.signal).then(
      () => {
        this.kill();
        const text = `Task timed out after ${this.#launch.timeout.toFixed(2)} seconds`;
        this.#launch.log([`${new Date().toISOString()} ${this.#requestId} ${text}`]);
        const errorMessage = `RequestId: ${this.#requestId} Error: ${text}`;
        return { fault: { errorType: 'Sandbox.Timedout', errorMessage } };
      },
      () => outcome,
    );
    try {
      return await Promise.race([outcome, late]);
    } finally {
      over.abort();
    }
  }

  #next(): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #settle(outcome: Outcome): void {
    this.#waiting?.(outcome);
    this.#waiting = undefined;
  }

  #exitError(reason: string): FunctionFault {
    return {
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${this.#requestId} Error: Runtime exited with error: ${reason}`,
    };
  }
}
