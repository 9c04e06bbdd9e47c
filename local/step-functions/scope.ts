// What can be stopped as one: an execution, a Parallel or Map state, one attempt of a task. Stopping a scope stops those inside it.

export class Scope {
  readonly #controller = new AbortController();
  readonly #inner = new Set<Scope>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
    if (outer?.stopped) this.#controller.abort(outer.reason);
    else if (outer) outer.#inner.add(this);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stopped(): boolean {
    return this.signal.aborted;
  }

  get reason(): unknown {
    return this.signal.reason;
  }

  /** The first reason stays. */
  stop(reason: unknown): void {
    if (this.#outer) this.#outer.#inner.delete(this);
    if (this.stopped) return;
    this.#controller.abort(reason);
    for (const scope of [...this.#inner]) scope.stop(reason);
  }

  /** The promise's own outcome, or a rejection with the reason as soon as the scope is stopped. */
  async race<T>(promise: Promise<T>): Promise<T> {
    if (this.stopped) {
      promise.catch(() => {});
      throw this.reason;
    }
    let stop = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(this.reason);
    });
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([promise, stopped]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }
}
