// Who sleeps on a clock, the next to wake first: a binary heap, as thousands of builds sleep at once.

export type Sleeper = { due: number; order: number; wake: () => void; gone?: boolean };

const before = (a: Sleeper, b: Sleeper) => a.due < b.due || (a.due === b.due && a.order < b.order);

export class Sleepers {
  readonly #heap: Sleeper[] = [];
  size = 0;

  add(sleeper: Sleeper): void {
    const heap = this.#heap;
    this.size += 1;
    let at = heap.push(sleeper) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(sleeper, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = sleeper;
  }

  /** It stays where it is until its time comes, and is passed over then. */
  remove(sleeper: Sleeper): void {
    if (sleeper.gone) return;
    sleeper.gone = true;
    this.size -= 1;
  }

  take(): Sleeper | undefined {
    for (;;) {
      const first = this.#pop();
      if (!first?.gone) {
        if (first) this.remove(first);
        return first;
      }
    }
  }

  #pop(): Sleeper | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
