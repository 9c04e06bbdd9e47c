// How a state fails: the error's name and cause as the outside sees them, and the names that a retrier or catcher may match it by.
import type { Json } from './definition.ts';

export class Failure extends Error {
  override name = 'Failure';
  readonly errorName: string | undefined;
  readonly causeText: string | undefined;
  readonly #alsoNamed: string[];
  readonly #terminal: boolean;
  /** What a catcher hands on. */
  readonly errorOutput: { [key: string]: Json };

  constructor(
    errorName: string | undefined,
    causeText: string | undefined,
    options: { alsoNamed?: string[]; terminal?: boolean; errorOutput?: { [key: string]: Json } } = {},
  ) {
    super(`${errorName}: ${causeText}`);
    this.errorName = errorName;
    this.causeText = causeText;
    this.#alsoNamed = options.alsoNamed ?? [];
    this.#terminal = options.terminal ?? errorName === 'States.Runtime';
    this.errorOutput = options.errorOutput ?? { Error: errorName ?? null, Cause: causeText ?? null };
  }

  /** `States.ALL` stands for everything but what ends the execution whatever happens, `States.TaskFailed` also not for a time-out. */
  matches(errorEquals: string[]): boolean {
    if (this.#terminal) return false;
    return errorEquals.some(
      (name) =>
        name === 'States.ALL' ||
        (name === 'States.TaskFailed' && this.errorName !== 'States.Timeout') ||
        name === this.errorName ||
        this.#alsoNamed.includes(name),
    );
  }
}

/** A fault of the definition against its data; nothing catches it. The state it happened in is added where the state runs. */
export class RuntimeFault extends Error {
  override name = 'RuntimeFault';
}

/** AWS reports a missed heartbeat as `States.Timeout`; `States.HeartbeatTimeout` is a name to match it by. Whether a catcher sees a Cause is unknown, so there is none. */
export const heartbeatTimeout = () =>
  new Failure('States.Timeout', undefined, {
    alsoNamed: ['States.HeartbeatTimeout'],
    errorOutput: { Error: 'States.Timeout' },
  });

/** A catcher of a task's time-out was recorded to get an empty Cause, the history none. */
export const taskTimeout = () =>
  new Failure('States.Timeout', undefined, { errorOutput: { Error: 'States.Timeout', Cause: '' } });

/** `States.ALL` was recorded to catch a task's result that is too large; a state's own output has no such recording and the guide calls it terminal. */
export const dataLimitExceeded = (name: string, terminal: boolean) =>
  new Failure(
    'States.DataLimitExceeded',
    `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    { terminal },
  );
