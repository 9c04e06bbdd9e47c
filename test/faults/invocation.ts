// One invocation of a function: whom a call belongs to, whose clock its timers obey, and how it is ended in the middle of a call.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Clock } from '../../local/clock.ts';
import type { Outcome } from '../../local/lambda-host/process.ts';

export type Invocation = {
  function: string;
  variables: Record<string, string>;
  clock: Clock;
  /** Nothing that it still does has an effect, and it hears of nothing any more. */
  dead: boolean;
  end(outcome: Outcome): void;
  /** Time may pass while it waits for `work`; it stands still while the function itself works. */
  away<T>(work: Promise<T>): Promise<T>;
};

export const invocations = new AsyncLocalStorage<Invocation>();

export const never = <T>(): Promise<T> => new Promise(() => {});

/** The environment of a function while its module is loaded. */
let loading: Record<string, string> | undefined;

export async function withEnvironment<T>(variables: Record<string, string>, load: () => Promise<T>): Promise<T> {
  loading = variables;
  try {
    return await load();
  } finally {
    loading = undefined;
  }
}

type PaperTimer = { cancel(): void; unref(): PaperTimer; ref(): PaperTimer; hasRef(): boolean };

let installed = false;

/** Within an invocation, and only there: time is the clock's, timers sleep on it, and the environment is the function's own. */
export function installInvocations(): void {
  if (installed) return;
  installed = true;
  const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, now: Date.now };
  const sleep = (invocation: Invocation, milliseconds: number, signal?: AbortSignal) =>
    invocation.away(invocation.clock.sleep(milliseconds, signal)).then(() => (invocation.dead ? never() : undefined));

  Date.now = () => invocations.getStore()?.clock.now() ?? real.now();
  const paperTimeout = (act: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]): unknown => {
    const invocation = invocations.getStore();
    if (!invocation) return real.setTimeout(act, milliseconds, ...given);
    const cancelled = new AbortController();
    sleep(invocation, milliseconds, cancelled.signal).then(
      () => act(...given),
      () => {},
    );
    const timer: PaperTimer = {
      cancel: () => cancelled.abort(),
      unref: () => timer,
      ref: () => timer,
      hasRef: () => true,
    };
    return timer;
  };
  globalThis.setTimeout = Object.assign(paperTimeout, real.setTimeout) as typeof setTimeout;
  globalThis.clearTimeout = ((timer: PaperTimer | NodeJS.Timeout | undefined) => {
    if (timer && 'cancel' in timer) timer.cancel();
    else real.clearTimeout(timer);
  }) as typeof clearTimeout;

  const promises = createRequire(import.meta.url)('node:timers/promises');
  const realPause = promises.setTimeout;
  promises.setTimeout = (milliseconds: number, value?: unknown, options?: object) => {
    const invocation = invocations.getStore();
    return invocation ? sleep(invocation, milliseconds).then(() => value) : realPause(milliseconds, value, options);
  };
  syncBuiltinESMExports();

  const own = () => invocations.getStore()?.variables ?? loading;
  process.env = new Proxy(process.env, {
    get: (variables, name) => own()?.[String(name)] ?? Reflect.get(variables, name),
    has: (variables, name) => String(name) in (own() ?? {}) || Reflect.has(variables, name),
  });
}
