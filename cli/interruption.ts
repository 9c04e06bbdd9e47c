// Ctrl-C while a build runs: the first cancels it (after a question, where there is someone to ask), the second leaves.
import type { EventEmitter } from 'node:events';

export type Interruption = {
  /** True once the build is to be cancelled. */
  readonly cancelling: boolean;
  /** No longer listens: signals have their default effect again. */
  dispose(): void;
};

export type InterruptionHandlers = {
  /** Absent where nobody can answer: the build is then cancelled at once. `signal` ends the question. */
  ask?: (signal: AbortSignal) => Promise<boolean>;
  cancel(): void;
  /** The user does not want to wait for the end. */
  leave(): void;
};

/** Listens on `source` (the process) for SIGINT, and for SIGTERM, which never asks. */
export function watchInterruptions(source: EventEmitter, { ask, cancel, leave }: InterruptionHandlers): Interruption {
  let question: AbortController | undefined;
  let cancelling = false;

  const begin = () => {
    if (cancelling) return leave();
    question?.abort();
    cancelling = true;
    cancel();
  };
  const interrupt = () => {
    if (!ask || cancelling) return begin();
    if (question) {
      question.abort();
      return leave();
    }
    question = new AbortController();
    void ask(question.signal)
      .catch(() => false)
      .then((yes) => {
        const answered = !question?.signal.aborted;
        question = undefined;
        if (yes && answered) begin();
      });
  };
  source.on('SIGINT', interrupt);
  source.on('SIGTERM', begin);
  return {
    get cancelling() {
      return cancelling;
    },
    dispose() {
      source.off('SIGINT', interrupt);
      source.off('SIGTERM', begin);
      question?.abort();
    },
  };
}
